"""Telling people: what was made at a period's end, and what went wrong; a link, never the file."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from accounts.signin.models import Role, User
from compliance.notices.letters import letter_write
from compliance.notices.models import Notice, NoticeKind
from compliance.notices.plan import notices_owe, officers
from compliance.notices.writers import Addressed, UnwantedError
from compliance.reminders.mails.letters import Letter
from reports.quarters.models import Run

_READERS = (Role.ADMIN, Role.OFFICER, Role.AUDITOR)
_MAILS = "reports/quarters/mails"


def made_tell(*, run: Run, now: datetime) -> None:
    """Owe the mail that the period's exports are there: to the officers and auditors for the
    company's own, to its owner for a standing export; once more when one was tried again.
    """
    whose = run.standing_id or "company"
    about = f"made:{run.closing_id}:{whose}"
    if run.attempt > 1:
        about = f"again:{run.pk}:{run.attempt}"
    users = [run.standing.owner] if run.standing else [*officers(), *_auditors()]
    notices_owe(kind=NoticeKind.EVIDENCE, about=about, users=users, now=now)


def trouble_tell(*, run: Run, final: bool, now: datetime) -> None:
    """Owe the officers, and a standing export's owner, the mail that something went wrong."""
    about = f"{'failed' if final else 'trouble'}:{run.pk}:{run.attempt}"
    owner = [run.standing.owner] if run.standing else []
    users = {user.pk: user for user in [*officers(), *owner]}.values()
    notices_owe(kind=NoticeKind.EVIDENCE, about=about, users=users, now=now)


def notice_write(notice: Notice, _now: datetime) -> Addressed:
    """A mail about runs, as they stand now. Raises UnwantedError for who may read them no more."""
    user = User.objects.filter(pk=notice.addressee.partition(":")[2]).first()
    if user is None or not user.has_role(*_READERS):
        raise UnwantedError("its reader has no role any more")
    what, key, detail = notice.about.split(":")
    if what == "made":
        return Addressed(user.email, _letter("made", _of_closing(int(key), detail)))
    runs = Run.objects.with_all().filter(pk=key)
    if what == "again":
        return Addressed(user.email, _letter("made", runs))
    if what == "trouble" and runs.exclude(settled_at=None).exists():
        raise UnwantedError("it is settled by now")
    return Addressed(user.email, _letter("trouble", runs, final=what == "failed"))


def _of_closing(closing: int, whose: str) -> Iterable[Run]:
    standing = None if whose == "company" else UUID(whose)
    return Run.objects.with_all().filter(closing=closing, standing=standing)


def _letter(template: str, runs: Iterable[Run], *, final: bool = False) -> Letter:
    found = list(runs)
    if not found:
        raise UnwantedError("nothing to say")
    ready = [run for run in found if run.export and run.export.ready]
    context = {
        "closing": found[0].closing,
        "standing": found[0].standing,
        "runs": found,
        "ready": len(ready),
        "failed": len(found) - len(ready),
        "final": final,
        "url": settings.PUBLIC_URL + page_of(found[0]),
    }
    return letter_write(f"{_MAILS}/{template}", "en", context)


def page_of(run: Run) -> str:
    """The page that shows it."""
    if run.standing_id:
        return reverse("standing_export", args=[run.standing_id])
    return reverse("quarters", query={"day": run.closing.last.isoformat()})


def _auditors() -> Iterable[User]:
    return User.objects.filter(is_active=True, role=Role.AUDITOR).order_by("pk")
