"""Legal holds: they stop erasures, end by themselves or by hand, and stand in the ledger."""

import json
from datetime import timedelta

import pytest

from accounts.signin.models import User
from compliance.campaigns.models import Assignment, Campaign
from compliance.retention.holds import hold_lift, hold_place
from compliance.retention.models import LegalHold, Reason
from compliance.retention.services import employee_erase
from ledger.commands import Refusal
from ledger.models import Event, VaultEntry
from tests.compliance.retention.conftest import person
from tests.factories import NOON, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]
UNTIL = NOON.date() + timedelta(days=9)


def hold(alice: User, **what: object) -> LegalHold:
    return hold_place(reason="Case 12/34.", until=UNTIL, user=alice, now=NOON, **what)  # type: ignore[arg-type]


def erase(number: int, days: int = 1) -> None:
    now = NOON + timedelta(days=days)
    employee_erase(employee=person(number), user=None, reason=Reason.REQUEST, now=now)


def test_a_person_under_legal_hold_is_not_erased_and_it_says_why(
    campaign: Campaign, alice: User
) -> None:
    """Removed: _refuse_held. The evidence of a dispute would then be gone."""
    placed = hold(alice, employee=person(5))
    with pytest.raises(Refusal, match=r"under legal hold up to 2 Dec 2026: Case 12/34\. Lift"):
        erase(5, days=9)
    assert Assignment.objects.erased().count() == 0
    hold_lift(hold=placed, user=alice, now=NOON)
    erase(5)


def test_it_ends_by_itself_the_day_after(campaign: Campaign, alice: User) -> None:
    """Removed: `until` in LegalHoldQuerySet.in_force."""
    hold(alice, employee=person(5))
    erase(5, days=10)


def test_a_held_campaign_keeps_everybody_whom_it_names(campaign: Campaign, alice: User) -> None:
    """Removed: Q(manager=employee) in holds_on_person, for the manager who is not asked."""
    boss = EmployeeFactory.create()
    Assignment.objects.filter(employee=person(5)).update(manager=boss)
    hold(alice, campaign=campaign)
    for named in (person(5), boss):
        with pytest.raises(Refusal, match="LinkedIn"):
            employee_erase(employee=named, user=None, reason=Reason.REQUEST, now=NOON)


def test_both_ends_stand_in_the_ledger_without_the_reason(campaign: Campaign, alice: User) -> None:
    placed = hold(alice, employee=person(5))
    lifted = hold_lift(hold=placed, user=alice, now=NOON)
    events = Event.objects.filter(seq__in=[placed.placed_seq, int(lifted.lifted_seq or 0)])
    bodies = [json.loads(event.body) for event in events.order_by("seq")]
    assert [body["kind"] for body in bodies] == ["hold.placed", "hold.lifted"]
    assert {body["subject"] for body in bodies} == {f"employee:{person(5).pk}"}
    assert bodies[0]["data"]["until"] == "2026-12-02"
    assert "Case" not in str(bodies)
    assert VaultEntry.objects.filter(value="Case 12/34.", field="hold").exists()


@pytest.mark.parametrize(
    ("reason", "days", "said"), [("", 1, "Say why"), ("x" * 301, 1, "300"), ("Case", -1, "today")]
)
def test_a_hold_needs_a_reason_and_a_day_to_come(
    campaign: Campaign, alice: User, reason: str, days: int, said: str
) -> None:
    until = NOON.date() + timedelta(days=days)
    with pytest.raises(Refusal, match=said):
        hold_place(campaign=campaign, reason=reason, until=until, user=alice, now=NOON)


def test_what_is_gone_cannot_be_held(campaign: Campaign, alice: User) -> None:
    gone = person(5)
    erase(5)
    with pytest.raises(Refusal, match="was erased"):
        hold(alice, employee=gone)
    Campaign.objects.update(erased_at=NOON)
    with pytest.raises(Refusal, match="was erased"):
        hold(alice, campaign=campaign)


def test_a_hold_is_lifted_once(campaign: Campaign, alice: User) -> None:
    placed = hold(alice, campaign=campaign)
    hold_lift(hold=placed, user=alice, now=NOON)
    with pytest.raises(Refusal, match="over already"):
        hold_lift(hold=placed, user=alice, now=NOON)
