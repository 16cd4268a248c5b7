"""The authorize endpoint and its sign-in form, for real browsers as for plain clients."""

import time
import uuid
from html import escape

from tests.standins.entra.contract import (
    AUTHORIZE,
    AUTHORIZE_NEEDS,
    OPENID_SCOPES,
    PROMPTS,
    Answer,
    RefusedError,
    only,
)
from tests.standins.entra.realm import Code, Person, Realm

SESSION = "ESTSAUTH"
SUBMIT = "document.forms[0].submit()"


def authorize(realm: Realm, asked: dict[str, str], cookies: dict[str, str]) -> Answer:
    """GET: the form, or straight on for somebody whom this browser has signed in already."""
    _check(realm, asked)
    prompt = asked.get("prompt", "")
    known = realm.sessions.get(cookies.get(SESSION, ""))
    if known and prompt in {"", "none"}:
        return _back(realm, asked, *known)
    if prompt == "none":
        return _post(asked, error="login_required", error_description="AADSTS50058: no session")
    return _form(asked, asked.get("login_hint", ""), "")


def sign_in(realm: Realm, form: dict[str, str], _cookies: dict[str, str]) -> Answer:
    """POST of the form: address and password."""
    asked = {name: value for name, value in form.items() if name not in {"login", "passwd"}}
    _check(realm, asked)
    person = realm.people.get(form.get("login", ""))
    if not person or person.password != form.get("passwd"):
        return _form(asked, form.get("login", ""), "Your account or password is incorrect.")
    if not person.enabled:
        return _form(asked, person.upn, "AADSTS50057: The user account is disabled.")
    cookie, sid = uuid.uuid4().hex, str(uuid.uuid4())
    realm.sessions[cookie] = (person, sid)
    answer = _back(realm, asked, person, sid)
    held = f"{SESSION}={cookie}; Path=/; Secure; HttpOnly; SameSite=None"
    return Answer(answer.status, answer.body, {**answer.headers, "Set-Cookie": held})


def _check(realm: Realm, asked: dict[str, str]) -> None:
    only(asked, AUTHORIZE, AUTHORIZE_NEEDS)
    rules = [
        (asked["client_id"] == realm.client_id, 700016, "Application not found."),
        (asked["redirect_uri"] in realm.redirect_uris, 50011, "The redirect URI does not match."),
        (asked["response_type"] == "code", 700054, "response_type must be code."),
        (asked["response_mode"] in {"form_post", "query"}, 90014, "response_mode?"),
        (asked["code_challenge_method"] == "S256", 9002327, "PKCE must be S256."),
        (len(asked["code_challenge"]) == 43, 501481, "The code_challenge is not SHA-256."),
        (asked.get("prompt", "login") in PROMPTS, 90023, "Unsupported prompt."),
        ("openid" in asked["scope"].split(), 70011, "The scope must hold openid."),
        (set(asked["scope"].split()) <= OPENID_SCOPES, 70011, "No scope that we know."),
        (set(asked["scope"].split()) <= realm.delegated, 65001, "No consent for this scope."),
        (realm.consented, 65001, "An administrator has not consented to this application."),
    ]
    for holds, number, words in rules:
        if not holds:
            raise RefusedError("invalid_request", number, words)


def _back(realm: Realm, asked: dict[str, str], person: Person, sid: str) -> Answer:
    code = f"1.{uuid.uuid4().hex}"
    realm.codes[code] = Code(person, asked, sid, time.time())
    return _post(asked, code=code, session_state=sid)


def _post(asked: dict[str, str], **fields: str) -> Answer:
    """response_mode=form_post: a page that posts itself to the redirect URI."""
    inputs = _hidden({**fields, "state": asked["state"]})
    return _page(
        f'<form method="post" action="{escape(asked["redirect_uri"])}">{inputs}'
        f"<button>Continue</button></form><script>{SUBMIT}</script>"
    )


def _form(asked: dict[str, str], login: str, error: str) -> Answer:
    return _page(
        f'<h1>Sign in</h1><p role="alert">{escape(error)}</p>'
        f'<form method="post" action="login">{_hidden(asked)}'
        f'<label>Account <input name="login" value="{escape(login)}"></label>'
        '<label>Password <input name="passwd" type="password"></label>'
        "<button>Sign in</button></form>"
    )


def _hidden(fields: dict[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )


def _page(body: str) -> Answer:
    return Answer(
        body=f"<!doctype html><title>Sign in to your account</title>{body}",
        headers={"Content-Type": "text/html; charset=utf-8"},
    )
