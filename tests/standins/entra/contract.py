"""What the published contract knows, endpoint by endpoint; everything else is refused.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow and its neighbours.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

OPENID_SCOPES = {"openid", "profile", "email", "offline_access"}
AUTHORIZE = {
    "client_id", "response_type", "redirect_uri", "scope", "state", "response_mode", "nonce",
    "prompt", "login_hint", "domain_hint", "code_challenge", "code_challenge_method",
    "client_info", "claims",
}  # fmt: skip
AUTHORIZE_NEEDS = {
    "client_id", "response_type", "redirect_uri", "scope", "state", "nonce", "code_challenge",
    "code_challenge_method", "response_mode",
}  # fmt: skip
_CLIENT = {"client_id", "grant_type", "scope", "client_info", "claims"}
_CREDENTIAL = {"client_secret", "client_assertion", "client_assertion_type"}
TOKEN = {
    "authorization_code": _CLIENT | _CREDENTIAL | {"code", "redirect_uri", "code_verifier"},
    "client_credentials": _CLIENT | _CREDENTIAL,
}
LOGOUT = {"post_logout_redirect_uri", "logout_hint", "state", "id_token_hint", "client_id"}
CONSENT = {"client_id", "redirect_uri", "state", "scope"}
# Application permissions, as far as somebody may think of them here.
# https://learn.microsoft.com/graph/permissions-reference, and Office 365 Exchange Online
PERMISSIONS = {
    "Application.Read.All", "Directory.Read.All", "Directory.ReadWrite.All", "Group.Read.All",
    "GroupMember.Read.All", "Mail.Read", "Mail.ReadBasic.All", "Mail.ReadWrite", "Mail.Send",
    "MailboxSettings.Read", "MailboxSettings.ReadWrite", "SMTP.SendAsApp", "User.Read.All",
    "User.ReadBasic.All", "User.ReadWrite.All",
}  # fmt: skip
PROMPTS = {"login", "none", "consent", "select_account"}


@dataclass
class RefusedError(Exception):
    """The endpoint's "no": OAuth's word for it, Microsoft's number and words."""

    error: str
    number: int
    words: str
    status: int = 400

    @property
    def body(self) -> dict[str, Any]:
        """As the token endpoint writes it."""
        return {
            "error": self.error,
            "error_description": f"AADSTS{self.number}: {self.words}",
            "error_codes": [self.number],
            "timestamp": "2026-11-23 12:00:00Z",
            "trace_id": "00000000-0000-0000-0000-000000000001",
            "correlation_id": "00000000-0000-0000-0000-000000000002",
        }


@dataclass(frozen=True)
class Answer:
    """What goes back to whoever asked."""

    status: int = 200
    body: bytes | str | dict[str, Any] = b""
    headers: dict[str, str] = field(default_factory=dict)


def only(given: dict[str, str], known: Iterable[str], needed: Iterable[str] = ()) -> None:
    """Refuse what the contract does not know, and what it needs and is not there."""
    strange = sorted(set(given) - set(known))
    if strange:
        raise RefusedError("invalid_request", 90100, f"unknown parameter: {', '.join(strange)}")
    missing = sorted(name for name in needed if not given.get(name))
    if missing:
        raise RefusedError("invalid_request", 900144, f"missing parameter: {', '.join(missing)}")
