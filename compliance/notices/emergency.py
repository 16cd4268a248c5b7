"""Word to every administrator that somebody has used the emergency account."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.urls import reverse

from accounts.signin.emergency import emergency_account_used
from accounts.signin.models import Role, User
from compliance.notices.letters import letter_write
from compliance.notices.models import Notice, NoticeKind
from compliance.notices.plan import notices_owe
from compliance.notices.writers import Addressed, UnwantedError, writer_register

_TEMPLATE = "compliance/notices/emergency"


@receiver(emergency_account_used)
def emergency_tell(now: datetime, **_signal: Any) -> None:
    """Owe each administrator one mail for each use, at once and whatever the hour."""
    about = f"used:{now.isoformat()}"
    notices_owe(kind=NoticeKind.EMERGENCY, about=about, users=_administrators(), now=now)


def emergency_write(notice: Notice, _now: datetime) -> Addressed:
    """When it was used. Raises UnwantedError for who is no administrator any more."""
    reader = next((user for user in _administrators() if user.ref == notice.addressee), None)
    if reader is None:
        raise UnwantedError("its reader is no administrator any more")
    used = datetime.fromisoformat(notice.about.partition(":")[2])
    context = {"used": used, "users_url": settings.PUBLIC_URL + reverse("users")}
    return Addressed(reader.email, letter_write(_TEMPLATE, "en", context))


def _administrators() -> list[User]:
    found = User.objects.filter(role=Role.ADMIN, is_active=True, is_emergency=False)
    return list(found.order_by("pk"))


writer_register(NoticeKind.EMERGENCY, emergency_write)
