"""Looking at what one person said: shown on request, for a while, and an event of the ledger."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from accounts.signin.models import User
from compliance.campaigns.models import Assignment
from ledger import journal

SHOWN_FOR = timedelta(minutes=15)
_KEY = "answers_shown"


def answers_show(
    *, assignment: Assignment, user: User, session: SessionBase, now: datetime
) -> None:
    """Let `user` see the answers of `assignment` for a quarter of an hour, in this session."""
    with transaction.atomic():
        session[_KEY] = {**_standing(session, now), str(assignment.pk): now.isoformat()}
        journal.append(
            "answers.shown",
            actor=user.ref,
            subject=assignment.ref,
            now=now,
            data={"campaign": assignment.campaign.ref},
        )


def answers_are_shown(assignment: UUID, session: SessionBase, now: datetime) -> bool:
    """Whether they were asked for in this session, not too long ago. Reads only."""
    return str(assignment) in _standing(session, now)


def _standing(session: SessionBase, now: datetime) -> dict[str, str]:
    shown: dict[str, str] = session.get(_KEY, {})
    return {
        key: since
        for key, since in shown.items()
        if now - SHOWN_FOR < datetime.fromisoformat(since) <= now
    }
