"""The check: calls each thing that Optrail needs from Microsoft, and says what is missing."""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.entra.config import Credential, Tenant, certificate_read, tenant
from accounts.entra.directory import looks
from accounts.entra.errors import CredentialFaulty, EntraError, GraphRefusal, NotConnected
from accounts.entra.findings import BAD, GOOD, OTHERS, WARN, Finding, Look, Said
from accounts.entra.graph import GraphClient
from accounts.entra.held_roles import NEEDED as ASSIGNMENTS
from accounts.entra.metadata import keys_published
from accounts.entra.models import OpenSignIn
from accounts.entra.tokens import (
    app_token,
    app_token_forget,
    credential_answer,
    error_code,
    roles_of,
)
from accounts.signin.models import User

NEEDED = "User.Read.All"
# Used, but of the mailboxes that Exchange Online grants one by one.
MAIL = {"Mail.Send", "Mail.ReadWrite"}
# What the other rooms may be given; everything else is more than they use.
USEFUL = {NEEDED, "GroupMember.Read.All", "MailboxSettings.Read", ASSIGNMENTS}
LOOK_WITHIN = timedelta(minutes=15)
_DENIED = 403
_WARN_DAYS = 30


def check(*, now: datetime) -> list[Finding]:
    """Look at everything; a step that fails says so, and the next one is tried all the same."""
    try:
        where = tenant()
    except NotConnected as error:
        return [Finding("Connection", BAD, str(error))]
    # What was granted a minute ago stands only in a token that is asked for now.
    app_token_forget(where.graph_scope)
    return [
        finding for title, look in (*STEPS, *OTHERS) for finding in _found(title, look, where, now)
    ]


def _found(title: str, look: Look, where: Tenant, now: datetime) -> list[Finding]:
    try:
        return [Finding(title, tone, words) for tone, words in look(where, now)]
    except EntraError as error:
        return [Finding(title, BAD, str(error))]


def _address(where: Tenant, now: datetime) -> Said:
    count = len(keys_published(where, now=now))
    keys = "1 signing key" if count == 1 else f"{count} signing keys"
    yield GOOD, f"{where.authority} answers and publishes {keys}."


def _credentials(where: Tenant, now: datetime) -> Said:
    for credential in where.credentials:
        try:
            answer = credential_answer(where, credential, where.graph_scope)
        except CredentialFaulty as fault:
            yield BAD, str(fault)
            continue
        yield (
            _works(credential, now) if "access_token" in answer else (BAD, _no(credential, answer))
        )


def _no(credential: Credential, answer: Mapping[str, Any]) -> str:
    return (
        f"{credential.name} is refused ({error_code(answer)}). Is it listed under Certificates & "
        "secrets of the app registration, and not expired?"
    )


def _works(credential: Credential, now: datetime) -> tuple[str, str]:
    if not credential.is_certificate:
        return WARN, f"{credential.name} works. A certificate is safer than a secret: use one."
    end = certificate_read(credential)[1].not_valid_after_utc
    tone = WARN if (end - now).days < _WARN_DAYS else GOOD
    return tone, f"{credential.name} works. The certificate ends on {end:%-d %B %Y}."


def _directory(where: Tenant, _now: datetime) -> Said:
    denied = (
        f"People may not be read: the application permission {NEEDED} is missing, or no "
        "administrator has consented to it yet. Add it, then use the consent link above."
    )
    try:
        with closing(GraphClient(where)) as graph:
            graph.get("/users", {"$top": "1", "$select": "id,accountEnabled,userType"})
    except GraphRefusal as refusal:
        if refusal.status != _DENIED:
            raise
        yield BAD, denied
    else:
        yield GOOD, f"People may be read ({NEEDED})."


def _excess(where: Tenant, _now: datetime) -> Said:
    """Only the token tells what else was granted; it is looked at for these sentences alone."""
    granted = roles_of(app_token(where.graph_scope))
    if not granted:
        yield WARN, "The token names no permission: what is granted too much cannot be told."
        return
    more = sorted(granted - USEFUL - MAIL)
    for mail in sorted(granted & MAIL):
        words = "Take it back in Microsoft Entra, and grant it for the sender's mailbox alone."
        yield BAD, f"{mail} is granted for every mailbox of the company. {words}"
    if more:
        yield WARN, f"Granted, but not used by Optrail: {', '.join(more)}. Take it back."
    if granted <= USEFUL:
        yield GOOD, "Nothing is granted that Optrail does not use."


def _sign_in(_where: Tenant, _now: datetime) -> Said:
    nobody = (
        "Nobody has signed in with Microsoft yet. Give yourself the app role Optrail.Admin, then "
        "connect your account on the page of your password."
    )
    users = User.objects.filter(entra_oid__isnull=False, last_login__isnull=False)
    last = users.order_by("-last_login").first()
    if last and last.last_login:
        day = f"{last.last_login:%-d %B %Y}"
        yield GOOD, f"Users with a Microsoft account: {users.count()}; last sign-in {day}."
    else:
        yield WARN, nobody


def _second_look(where: Tenant, now: datetime) -> Said:
    """Only what keeps a promise of the documents: fifteen minutes."""
    late = OpenSignIn.objects.filter(checked_at__lte=now - LOOK_WITHIN).count()
    words = "Microsoft is asked about everybody who is signed in, every five minutes"
    if late:
        behind = "sign-in waits" if late == 1 else "sign-ins wait"
        yield BAD, f"{words}, but {late} {behind} for it since more than 15. Is beat running?"
    elif ASSIGNMENTS in roles_of(app_token(where.graph_scope)):
        yield GOOD, f"{words}, also about app roles that were taken away ({ASSIGNMENTS})."
    else:
        yield GOOD, f"{words}. An app role that was taken away counts at the next sign-in."


def _emergency(_where: Tenant, _now: datetime) -> Said:
    how = "Make one on the server: manage.py emergency_account"
    if User.objects.filter(is_emergency=True, is_active=True).exists():
        yield GOOD, "The emergency account is there."
    elif settings.LOCAL_SIGN_IN:
        yield WARN, f"No emergency account yet; LOCAL_SIGN_IN=off would need one. {how}"
    else:
        yield BAD, f"Local sign-in is off: if Microsoft fails, nobody gets in. {how}"


STEPS: tuple[tuple[str, Look], ...] = (
    ("Tenant", _address),
    ("Credential", _credentials),
    ("Directory", _directory),
    ("Groups", looks.groups),
    ("Time zones", looks.time_zones),
    ("Least privilege", _excess),
    ("Sign-in", _sign_in),
    ("Second look", _second_look),
    ("Emergency account", _emergency),
)
