"""Who was not let in: events of the ledger, so few that nobody can flood it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from accounts.signin.models import User
from accounts.signin.throttle import ThrottledError
from ledger import journal

# So many refused tries from one network within the throttle's window are events of their own.
WRITTEN_DOWN = 20
NOBODY = "sign-in"


@contextmanager
def throttled_record(*, now: datetime) -> Iterator[None]:
    """The first try that is one too many is an event; the ThrottledError goes on upwards."""
    try:
        yield
    except ThrottledError as error:
        if error.first:
            _record("sign_in.throttled", NOBODY, {"by": error.by}, now)
        raise


def refusal_record(email: str, *, way: str, tries: int, now: datetime) -> None:
    """Write down that somebody was not let in, as the user of `email` when there is such a one.

    Only the first tries from a network: what follows ends in one event of the throttle.
    """
    if tries > WRITTEN_DOWN:
        return
    user = User.objects.filter(email=email.strip().lower()).first()
    _record("sign_in.refused", user.ref if user else NOBODY, {"way": way}, now)


def _record(kind: str, subject: str, data: dict[str, object], now: datetime) -> None:
    with transaction.atomic():
        journal.append(kind, actor="anonymous", subject=subject, now=now, data=data)
