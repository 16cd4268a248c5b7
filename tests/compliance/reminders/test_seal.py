import json
from collections.abc import Callable
from typing import Any

import pytest

from compliance.campaigns.models import Assignment
from compliance.reminders import seal as seals
from compliance.reminders.models import Message, Outcome, Seal
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump
from compliance.reminders.seal import outcomes_seal, seal_root
from ledger.models import Event
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def sealed_events() -> list[dict[str, Any]]:
    bodies = Event.objects.order_by("seq").values_list("body", flat=True)
    return [event for event in map(json.loads, bodies) if event["kind"] == "outcomes.sealed"]


@pytest.fixture
def sent(server: Sink, ask: Callable[..., Assignment], clock: Clock) -> None:
    """Two people were invited."""
    ask(), ask()
    reminders_plan(now=NOON)
    pump(clock=clock)


def test_a_seal_commits_to_every_plan_and_outcome_since_the_last(sent: None) -> None:
    assert outcomes_seal(now=NOON) == 1
    seal = Seal.objects.get()
    (event,) = sealed_events()
    assert event["data"] == {"planned": 2, "outcomes": 2, "root": seal.root}
    assert Event.objects.get(seq=seal.seq or 0).body == json.dumps(
        event, sort_keys=True, separators=(",", ":")
    )
    assert seal_root(seal) == (4, seal.root)


def test_nothing_to_seal_is_no_event(sent: None) -> None:
    outcomes_seal(now=NOON)
    assert outcomes_seal(now=NOON) == 0
    assert len(sealed_events()) == Seal.objects.count() == 1


def test_every_row_is_sealed_once(sent: None, ask: Callable[..., Assignment]) -> None:
    outcomes_seal(now=NOON)
    ask()
    reminders_plan(now=NOON)
    outcomes_seal(now=NOON)
    assert list(Seal.objects.order_by("seq").values_list("planned", "outcomes")) == [(2, 2), (1, 0)]
    assert not Message.objects.filter(seal=None).exists()
    assert not Outcome.objects.filter(seal=None).exists()


def test_many_rows_are_sealed_in_several_events(
    sent: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "BATCH", 1)
    assert outcomes_seal(now=NOON) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda: Outcome.objects.update(answer="delivered, honestly"),
        lambda: Outcome.objects.update(code=251),
        lambda: Outcome.objects.all()[:1].get().delete(),
        lambda: Message.objects.update(step=1),
    ],
)
def test_a_changed_past_shows(sent: None, change: Any) -> None:
    """Promise 4. The root of the rows is no longer the one that the ledger holds."""
    outcomes_seal(now=NOON)
    change()
    seal = Seal.objects.get()
    assert seal_root(seal)[1] != seal.root


def test_an_erased_address_leaves_the_seal_whole(sent: None) -> None:
    outcomes_seal(now=NOON)
    Outcome.objects.update(recipient="")
    Message.objects.update(recipient="")
    seal = Seal.objects.get()
    assert seal_root(seal)[1] == seal.root


def test_the_ledger_learns_no_address(sent: None) -> None:
    outcomes_seal(now=NOON)
    assert "@" not in json.dumps(sealed_events())
