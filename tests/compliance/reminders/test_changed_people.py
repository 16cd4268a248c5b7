"""What an import says of people reaches their mails: a new address, a farewell, both at once."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.directory.models import Employee
from accounts.imports.services import import_apply, import_read, import_upload
from compliance.campaigns.models import Assignment
from compliance.reminders.models import Message, State
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }


@pytest.fixture
def reminded(
    ask: Callable[..., Assignment], bob: Employee, server: Sink, clock: Clock
) -> Assignment:
    """Bob, invited on Monday, whose reminder waits on Thursday."""
    Employee.objects.filter(pk=bob.pk).update(external_id="B1")
    bob.refresh_from_db()
    assignment = ask(employee=bob)
    reminders_plan(now=clock())
    pump(clock=clock)
    reminders_plan(now=clock.move(days=3))
    assert assignment.messages.filter(state=State.PENDING).count() == 1
    return assignment


def imported(line: str) -> None:
    data = f"id,mail,status\n{line}".encode()
    now = NOON + timedelta(days=3)
    run = import_upload(file=io.BytesIO(data), name="people.csv", user=None, now=now)
    assert import_read(run=run, now=now)
    import_apply(run=run, actor="system", complete=False, confirm_leavers=True, now=now)


def test_a_changed_address_reaches_future_mails_only_planned_ones_too(
    reminded: Assignment, server: Sink, clock: Clock
) -> None:
    """Fails when the recipient is frozen at planning, or read from the assignment."""
    imported("B1,robert@example.com,active")
    pump(clock=clock)
    assert server.recipients == ["bob@example.com", "robert@example.com"]
    recipients = Message.objects.order_by("step").values_list("recipient", flat=True)
    assert list(recipients) == ["bob@example.com", "robert@example.com"]
    reminded.refresh_from_db()
    assert reminded.email == "bob@example.com"


@pytest.mark.parametrize("line", ["B1,bob@example.com,inactive", "B1,robert@example.com,inactive"])
def test_a_leaver_gets_nothing_under_either_address(
    reminded: Assignment, server: Sink, clock: Clock, line: str
) -> None:
    """Promise 2. Fails without `withdrawals_follow`, which cancels what waits; and without
    `remindable()` in `permitted` when that is gone as well."""
    imported(line)
    for _ in range(15):
        reminders_plan(now=clock())
        pump(clock=clock)
        clock.move(days=1)
    assert server.recipients == ["bob@example.com"]
    assert reminded.messages.get(step=3).state == State.CANCELLED


def test_whoever_is_back_is_reminded_at_the_address_of_today(
    reminded: Assignment, server: Sink, clock: Clock
) -> None:
    imported("B1,bob@example.com,inactive")
    pump(clock=clock)
    imported("B1,bob.b@example.com,active")
    reminders_plan(now=clock())
    pump(clock=clock)
    assert server.recipients == ["bob@example.com", "bob.b@example.com"]
