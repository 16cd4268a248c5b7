"""Signing out everywhere, and an administrator's consent."""

from html import escape
from urllib.parse import urlencode

from tests.standins.entra.authorize import SESSION
from tests.standins.entra.contract import CONSENT, LOGOUT, Answer, RefusedError, only
from tests.standins.entra.realm import Realm


def logout(realm: Realm, asked: dict[str, str], cookies: dict[str, str]) -> Answer:
    """End the tenant's session; a hidden frame tells the application (with `sid` alone, as Entra)."""
    only(asked, LOGOUT)
    onward = asked.get("post_logout_redirect_uri", "")
    if onward and onward not in realm.redirect_uris:
        raise RefusedError("invalid_request", 50011, "post_logout_redirect_uri is not registered.")
    known = realm.sessions.pop(cookies.get(SESSION, ""), None)
    frame = ""
    if known and realm.front_channel_url:
        address = f"{realm.front_channel_url}?{urlencode({'sid': known[1]})}"
        frame = f'<iframe hidden src="{escape(address)}"></iframe>'
    refresh = f'<meta http-equiv="refresh" content="1;url={escape(onward)}">' if onward else ""
    page = f"<!doctype html><title>Sign out</title>{refresh}<h1>You signed out</h1>{frame}"
    gone = f"{SESSION}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None"
    headers = {"Content-Type": "text/html; charset=utf-8", "Set-Cookie": gone}
    return Answer(body=page, headers=headers)


def admin_consent(realm: Realm, asked: dict[str, str], _cookies: dict[str, str]) -> Answer:
    """An administrator says yes; the address is the v2.0 one, with scope."""
    only(asked, CONSENT, ["client_id", "redirect_uri", "scope"])
    if asked["client_id"] != realm.client_id or asked["redirect_uri"] not in realm.redirect_uris:
        raise RefusedError("invalid_request", 50011, "client_id or redirect_uri do not match.")
    realm.consented = True
    query = {"admin_consent": "True", "tenant": realm.id, "scope": asked["scope"]}
    if "state" in asked:
        query["state"] = asked["state"]
    return Answer(302, headers={"Location": f"{asked['redirect_uri']}?{urlencode(query)}"})
