"""What a mailbox is for, where an account has no person's name: only Exchange knows."""

from accounts.entra.directory.models import EntraAccount
from accounts.entra.errors import EntraError, Refused
from accounts.entra.graph import GraphClient

NEEDED = "MailboxSettings.Read"
NONE = "none"
_DENIED = 403


def purposes_read(*, graph: GraphClient) -> None:
    """Ask once about each enabled account without a person's name. Raises EntraError."""
    for account in EntraAccount.objects.filter(purpose="").iterator(chunk_size=1_000):
        if needs_asking(account.told):
            account.purpose = _purpose(graph, account.oid)
            account.save(update_fields=["purpose"])


def needs_asking(told: dict[str, object]) -> bool:
    """Rooms and shared mailboxes have a display name and no first or last one."""
    named = told.get("givenName") or told.get("surname")
    return bool(told.get("accountEnabled") is True and told.get("mail") and not named)


def _purpose(graph: GraphClient, oid: str) -> str:
    """https://learn.microsoft.com/graph/api/user-get-mailboxsettings"""
    try:
        body = graph.get(f"/users/{oid}/mailboxSettings/userPurpose")
    except Refused as refused:
        if refused.status == _DENIED:
            words = f"Mailboxes may not be asked: the application permission {NEEDED} is missing."
            raise EntraError(words) from refused
        return NONE  # no mailbox here, or one on a server of the company's own
    return str(body.get("value") or NONE)[:20]
