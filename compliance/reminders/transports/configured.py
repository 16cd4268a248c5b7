"""The transport that EMAIL_URL names."""

import ipaddress
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.entra.config import connected
from accounts.entra.errors import NotConnected
from compliance.reminders.senders import SCHEME, mailboxes
from compliance.reminders.transports.graph import GraphTransport
from compliance.reminders.transports.line import Transport
from compliance.reminders.transports.smtp import CONNECT_SECONDS, SmtpTransport
from compliance.reminders.transports.tokens import EntraTokens, FileTokens, TokenProvider
from ledger.commands import Refusal

MICROSOFT_365 = "smtp.office365.com"
_BY_ENTRA = "token=entra"
_PORTS = {"smtp": 25, "smtps": 465}
_GRAPH_SHAPE = (
    "Write it as graph://privacy@example.com, several mailboxes with commas between them."
)
_SHAPE = "Write it as smtp://user:password@host:587/?tls=true or smtps://user:password@host."


def configured(*, patience: float = CONNECT_SECONDS) -> Transport | None:
    """The transport of this installation, None without EMAIL_URL. Raises Refusal for a faulty one.

    `smtps://` speaks TLS from the first byte; `smtp://…?tls=true` insists on STARTTLS. With
    EMAIL_TOKEN_FILE or `token=entra` it signs in by a token (XOAUTH2), else by the password in
    EMAIL_URL. `graph://mailbox@company.example` sends by Microsoft Graph.
    `patience` is how many seconds to wait for a connection to a mail server.
    """
    if not settings.EMAIL_URL:
        return None
    if settings.EMAIL_URL.lower().startswith(SCHEME):
        return _graph()
    return _smtp(patience)


def _graph() -> GraphTransport:
    names = mailboxes()
    if not names:
        raise Refusal(f"EMAIL_URL names no mailbox. {_GRAPH_SHAPE}")
    for name in names:
        if not _is_address(name):
            raise Refusal(f"EMAIL_URL: {name!r} is no address of a mailbox. {_GRAPH_SHAPE}")
    _refuse_faulty_sender()
    _refuse_not_connected()
    return GraphTransport(names)


def _smtp(patience: float) -> SmtpTransport:
    try:
        parts = urlsplit(settings.EMAIL_URL)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise Refusal(f"EMAIL_URL cannot be read: {error}. {_SHAPE}") from error
    if parts.scheme not in _PORTS or not host:
        raise Refusal(f"EMAIL_URL names no mail server that we know how to talk to. {_SHAPE}")
    _refuse_faulty_sender()
    _refuse_faulty_sign_in(parts)
    return SmtpTransport(
        host=host,
        port=port or _PORTS[parts.scheme],
        security=_security(parts, host),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tokens=_tokens(parts),
        ca_file=_ca_file(),
        greeting=_greeting(),
        connect_timeout=patience,
    )


def mail_host() -> str:
    """The host that EMAIL_URL names, '' without one."""
    if mailboxes():
        return MICROSOFT_365
    try:
        return urlsplit(settings.EMAIL_URL).hostname or ""
    except ValueError:
        return ""


def signs_in_by_entra() -> bool:
    """Whether EMAIL_URL wants the tenant's token for SMTP."""
    try:
        return _by_entra(urlsplit(settings.EMAIL_URL))
    except ValueError:
        return False


def _refuse_faulty_sender() -> None:
    if not _is_address(settings.EMAIL_FROM):
        raise Refusal(
            f"EMAIL_FROM must be one address like privacy@example.com, not {settings.EMAIL_FROM!r}."
        )


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _refuse_not_connected() -> None:
    if not connected():
        raise Refusal(str(NotConnected()))


def _tokens(parts: SplitResult) -> TokenProvider | None:
    if settings.EMAIL_TOKEN_FILE:
        return FileTokens(Path(settings.EMAIL_TOKEN_FILE))
    return EntraTokens() if _by_entra(parts) else None


def _by_entra(parts: SplitResult) -> bool:
    """Named on purpose: our token goes to no server that only happens to be configured."""
    return parse_qs(parts.query).get("token", [""])[-1].lower() == "entra"


def _refuse_faulty_sign_in(parts: SplitResult) -> None:
    words = unquote(parts.username or "") + unquote(parts.password or "")
    token = "EMAIL_TOKEN_FILE" if settings.EMAIL_TOKEN_FILE else _BY_ENTRA
    if token == _BY_ENTRA and not _by_entra(parts):
        if not words.isascii():
            raise Refusal(
                "User and password in EMAIL_URL must be ASCII: mail servers take no others."
            )
        return
    if parts.password:
        raise Refusal(f"There is a password in EMAIL_URL and a token in {token}. Leave one out.")
    if not parts.username:
        raise Refusal(
            f"{token} needs the mailbox that the token is for, as the user in EMAIL_URL: "
            "smtp://privacy%40example.com@smtp.example.com:587/?tls=true"
        )
    if token == _BY_ENTRA:
        _refuse_not_connected()


def _security(parts: SplitResult, host: str) -> str:
    if parts.scheme == "smtps":
        return "tls"
    wish = parse_qs(parts.query).get("tls", ["false"])[-1].lower()
    if wish not in {"true", "1", "yes", "false", "0", "no"}:
        raise Refusal(f"EMAIL_URL says tls={wish}: it must be true or false. {_SHAPE}")
    if wish in {"true", "1", "yes"}:
        return "starttls"
    if parts.username and not _loopback(host):
        what = "token" if _tokens(parts) else "password"
        raise Refusal(
            f"EMAIL_URL would send the {what} over an open line. Add ?tls=true, or use smtps://."
        )
    return ""


def _ca_file() -> str:
    path: str = settings.EMAIL_CA_FILE
    if path and not Path(path).is_file():
        raise Refusal(f"EMAIL_CA_FILE names {path!r}, which is no file that can be read.")
    return path


def _greeting() -> str:
    """What we call ourselves in EHLO: the public host; addresses in brackets (RFC 5321, 4.1.3)."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[{address}]" if address.version == 4 else f"[IPv6:{address}]"  # noqa: PLR2004 - IPv4


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
