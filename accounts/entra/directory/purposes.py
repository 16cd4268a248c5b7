"""What a mailbox is for, where an account has no person's name: only Exchange knows."""

from collections.abc import Iterator, Sequence
from itertools import islice

from accounts.entra.batch import MOST, Part, batch_get
from accounts.entra.directory.models import EntraAccount
from accounts.entra.errors import EntraError, Throttled, Unreachable
from accounts.entra.graph import GraphClient

NEEDED = "MailboxSettings.Read"
NONE = "none"
_OK, _DENIED, _TOO_MANY, _FAILED = 200, 403, 429, 500


def purposes_read(*, graph: GraphClient) -> None:
    """Ask once about each enabled account without a person's name. Raises EntraError."""
    unasked = _unasked()
    while accounts := list(islice(unasked, MOST)):
        parts = batch_get(graph, [_path(account.oid) for account in accounts])
        _keep(accounts, parts)
        _check(parts)


def needs_asking(told: dict[str, object]) -> bool:
    """Rooms and shared mailboxes have a display name and no first or last one."""
    named = told.get("givenName") or told.get("surname")
    return bool(told.get("accountEnabled") is True and told.get("mail") and not named)


def _unasked() -> Iterator[EntraAccount]:
    rows = EntraAccount.objects.filter(purpose="").iterator(chunk_size=1_000)
    return (account for account in rows if needs_asking(account.told))


def _path(oid: str) -> str:
    """https://learn.microsoft.com/graph/api/user-get-mailboxsettings"""
    return f"/users/{oid}/mailboxSettings/userPurpose"


def _keep(accounts: Sequence[EntraAccount], parts: Sequence[Part]) -> None:
    """Each answer, also "no mailbox here, or one on a server of the company's own"."""
    answered = []
    for account, part in zip(accounts, parts, strict=True):
        if part.status not in {_DENIED, _TOO_MANY} and part.status < _FAILED:
            told = str(part.body.get("value") or NONE) if part.status == _OK else NONE
            account.purpose = told[:20]
            answered.append(account)
    EntraAccount.objects.bulk_update(answered, ["purpose"])


def _check(parts: Sequence[Part]) -> None:
    """Whoever was not answered is asked with the next reading."""
    stati = {part.status for part in parts}
    if _DENIED in stati:
        raise EntraError(
            f"Mailboxes may not be asked: the application permission {NEEDED} is missing."
        )
    waits = [part.retry_after for part in parts if part.retry_after is not None]
    if _TOO_MANY in stati:
        words = "Microsoft asks for patience with mailboxes (429)."
        raise Throttled(words, retry_after=max(waits, default=None))
    if max(stati) >= _FAILED:
        raise Unreachable("Microsoft could not tell what mailboxes are for.", maybe_done=False)
