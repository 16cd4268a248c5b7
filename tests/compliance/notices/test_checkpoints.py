"""Checkpoints in the keeper's mailbox: one a day, one at each close and export, none twice."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from pytest_django import Settings

from compliance.notices.models import Notice
from compliance.notices.post import notices_send
from compliance.reminders.models import State
from ledger import journal
from ledger.checkpoints import Occasion, checkpoint_publish
from ledger.models import Checkpoint
from ledger.notes import checkpoints_read, stated
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _keeper(settings: Settings) -> None:
    settings.CHECKPOINT_MAIL = "keeper@audit.example"


def publish(now: datetime = NOON, occasion: Occasion = Occasion.ROUTINE) -> Checkpoint | None:
    with transaction.atomic():
        journal.append("thing.happened", actor="system", subject="thing:1", now=now)
    return checkpoint_publish(now=now, occasion=occasion)


def send(clock: Clock) -> dict[str, int]:
    return dict(notices_send(clock=clock, budget=timedelta(minutes=1)))


def test_a_mailed_checkpoint_can_be_read_back(server: Sink, clock: Clock) -> None:
    row = publish()
    assert row is not None
    assert send(clock) == {State.ACCEPTED: 1}
    assert send(clock) == {}
    (message,) = server.mails
    assert message["To"] == "keeper@audit.example"
    body = message.get_body(("plain",))
    assert body is not None
    assert checkpoints_read(body.get_content()) == [stated(row)]


def test_routine_checkpoints_are_mailed_once_a_day() -> None:
    """Removed: the look at today's notices in checkpoint_owe. This test then fails."""
    for hours in (0, 1, 2, 24):
        publish(NOON + timedelta(hours=hours))
    assert Notice.objects.count() == 2


def test_a_close_and_an_export_are_mailed_whatever_the_day_had() -> None:
    publish()
    publish(NOON + timedelta(minutes=1), Occasion.CLOSE)
    publish(NOON + timedelta(minutes=2), Occasion.EXPORT)
    assert Notice.objects.count() == 3


def test_without_an_address_nothing_is_owed_and_nothing_leaves(
    settings: Settings, server: Sink, clock: Clock
) -> None:
    publish()
    settings.CHECKPOINT_MAIL = ""
    publish(NOON + timedelta(days=1))
    assert Notice.objects.count() == 1
    assert send(clock) == {State.CANCELLED: 1}
    assert server.mails == []
