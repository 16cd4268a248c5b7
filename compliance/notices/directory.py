"""Word to the officers when the directory is not kept current, and when it is again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from accounts.imports.models import RunState
from accounts.imports.troubles import Trouble, TroubleKind, waits_look
from accounts.signin.models import Role, User
from compliance.notices.letters import letter_write
from compliance.notices.models import Notice, NoticeKind
from compliance.notices.plan import notices_owe, officers
from compliance.notices.writers import Addressed, UnwantedError, writer_register
from compliance.reminders.models import State

_TEMPLATE = "compliance/notices/directory"
_READERS = (Role.ADMIN, Role.OFFICER)
_TOLD = (State.ACCEPTED, State.UNCERTAIN)
# An end that is older than this was told, or there was nobody to tell.
_NEWS = timedelta(days=1)
_OF_MICROSOFT = (TroubleKind.READING, TroubleKind.HELD)


def directory_plan(*, now: datetime) -> None:
    """Owe one mail for each trouble, and one for its end to whoever had the first."""
    waits_look(now=now)
    recent = Q(ended_at=None) | Q(ended_at__gt=now - _NEWS)
    for trouble in Trouble.objects.filter(recent, tell_at__lte=now).order_by("pk"):
        over = trouble.ended_at is not None
        users = _told(trouble) if over else _concerned(trouble)
        about = _about(trouble, over=over)
        notices_owe(kind=NoticeKind.DIRECTORY, about=about, users=users, now=now)


def directory_write(notice: Notice, _now: datetime) -> Addressed:
    """The mail, as things stand now. Raises UnwantedError when they stand otherwise."""
    _, key, what = notice.about.split(":")
    user = User.objects.filter(pk=notice.addressee.partition(":")[2]).first()
    trouble = Trouble.objects.filter(pk=key).select_related("run").first()
    if user is None or not user.has_role(*_READERS):
        raise UnwantedError("its reader has no such role any more")
    if trouble is None or (what == "began" and trouble.ended_at is not None):
        raise UnwantedError("it is over by now")
    context = {
        "trouble": trouble,
        "kind": trouble.kind,
        "over": what == "over",
        "applied": trouble.run is not None and trouble.run.state == RunState.APPLIED,
        "url": settings.PUBLIC_URL + _page(trouble),
    }
    return Addressed(user.email, letter_write(_TEMPLATE, "en", context))


def _concerned(trouble: Trouble) -> Iterable[User]:
    """The officers; who can mend the tenant's consent is an administrator."""
    told = {user.pk: user for user in officers()}
    if trouble.kind == TroubleKind.READING:
        admins = User.objects.filter(role=Role.ADMIN, is_active=True, is_emergency=False)
        told |= {user.pk: user for user in admins.order_by("pk")}
    return told.values()


def _told(trouble: Trouble) -> Iterable[User]:
    first = _about(trouble, over=False)
    had = Notice.objects.filter(kind=NoticeKind.DIRECTORY, about=first, state__in=_TOLD)
    refs = had.values_list("addressee", flat=True)
    return User.objects.filter(pk__in=[ref.partition(":")[2] for ref in refs])


def _about(trouble: Trouble, *, over: bool) -> str:
    return f"trouble:{trouble.pk}:{'over' if over else 'began'}"


def _page(trouble: Trouble) -> str:
    """Where it stands by the time that somebody reads: an import may be overtaken by then."""
    return reverse("microsoft_people" if trouble.kind in _OF_MICROSOFT else "imports")


writer_register(NoticeKind.DIRECTORY, directory_write)
