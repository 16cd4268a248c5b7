"""Whoever leaves is asked no more; whoever is back is asked again."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.directory.models import Employee
from accounts.directory.signals import directory_changed, directory_follow
from compliance.campaigns.models import Assignment
from compliance.campaigns.signals import asking_stopped
from compliance.campaigns.withdrawn import Withdrawal, withdrawal_row
from compliance.guides.models import GuideVersion
from ledger.canonical import rows_root
from tests.factories import NOON, AssignmentFactory, CampaignFactory, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def directory_moves(seq: Any) -> Any:
    """What an import does around its ledger event, and what that says of who is withdrawn."""
    with transaction.atomic():
        said = directory_follow(Employee, now=NOON)
        directory_changed.send(sender=Employee, now=NOON, seq=seq)
    return said.get("withdrawn")


def leave(*employees: Any) -> None:
    for employee in employees:
        Employee.objects.filter(pk=employee.pk).update(
            active=False, left_at=NOON, left_reason="missing"
        )


def come_back(employee: Any) -> None:
    Employee.objects.filter(pk=employee.pk).update(active=True, left_at=None, left_reason="")


@pytest.fixture
def stopped() -> Any:
    told = []

    def hear(*, assignments: Any, reason: Any, **_told: Any) -> None:
        told.append((set(assignments.values_list("pk", flat=True)), reason))

    asking_stopped.connect(hear)
    yield told
    asking_stopped.disconnect(hear)


def test_somebody_who_left_is_withdrawn_and_the_reminders_are_told(
    linkedin: GuideVersion, bob: Employee, stopped: Any
) -> None:
    """Fails when the receiver is not connected: promise 2, nobody is reminded after leaving."""
    assignment = AssignmentFactory.create(employee=bob)
    stays = AssignmentFactory.create(campaign=assignment.campaign)
    leave(bob)
    directory_moves(7)
    assignment.refresh_from_db()
    stays.refresh_from_db()
    assert (assignment.withdrawn, stays.withdrawn) == (True, False)
    withdrawal = Withdrawal.objects.get()
    assert (withdrawal.assignment, withdrawal.reason, withdrawal.seq) == (assignment, "missing", 7)
    assert stopped == [({assignment.pk}, "left")]


def test_somebody_who_is_back_is_open_again_and_both_positions_stand(
    linkedin: GuideVersion, bob: Employee
) -> None:
    assignment = AssignmentFactory.create(employee=bob)
    leave(bob)
    directory_moves(7)
    come_back(bob)
    directory_moves(9)
    assignment.refresh_from_db()
    assert not assignment.withdrawn
    assert Withdrawal.objects.values_list("seq", "until_seq").get() == (7, 9)
    leave(bob)
    directory_moves(11)
    assert list(Withdrawal.objects.order_by("seq").values_list("seq", "until_seq")) == [
        (7, 9),
        (11, None),
    ]


def test_a_directory_change_that_moves_nobody_writes_nothing(
    linkedin: GuideVersion, bob: Employee
) -> None:
    AssignmentFactory.create(employee=bob)
    leave(bob)
    directory_moves(7)
    directory_moves(8)
    assert Withdrawal.objects.count() == 1


def test_the_ledger_entry_commits_to_who_left_and_who_is_back_in_each_campaign(
    linkedin: GuideVersion, bob: Employee, carla: Employee
) -> None:
    """Removed: what `withdrawals_follow` returns. Who left would then rest on the database alone."""
    mine = AssignmentFactory.create(employee=bob)
    hers = AssignmentFactory.create(employee=carla, campaign=mine.campaign)
    leave(bob)
    said = directory_moves(7)
    _, root = rows_root([withdrawal_row(mine.pk, "missing")])
    assert said == {mine.campaign.ref: {"left": 1, "back": 0, "root": root.hex()}}
    come_back(bob)
    leave(carla)
    said = directory_moves(8)[mine.campaign.ref]
    pairs = sorted([(mine.pk, ""), (hers.pk, "missing")])
    assert list(Withdrawal.objects.moved_with(8)) == pairs
    _, root = rows_root(withdrawal_row(*pair) for pair in pairs)
    assert said == {"left": 1, "back": 1, "root": root.hex()}
    assert directory_moves(9) is None


@pytest.mark.parametrize(
    "row",
    [
        {"closed_at": NOON, "answer": "was_off", "answered_at": NOON},
        {"exclusion": "no_setting_in_country"},
    ],
)
def test_whoever_answered_or_was_never_asked_is_not_withdrawn(
    linkedin: GuideVersion, bob: Employee, row: Any
) -> None:
    AssignmentFactory.create(employee=bob, **row)
    leave(bob)
    directory_moves(7)
    assert not Withdrawal.objects.exists()
    assert not Assignment.objects.get().withdrawn


def test_a_closed_campaign_stays_as_it_ended(linkedin: GuideVersion, bob: Employee) -> None:
    AssignmentFactory.create(employee=bob, campaign=CampaignFactory.create(closed=True))
    leave(bob)
    directory_moves(7)
    assert not Withdrawal.objects.exists()


def test_the_number_of_statements_does_not_grow_with_the_leavers(linkedin: GuideVersion) -> None:
    campaign = CampaignFactory.create(running=True)
    people = EmployeeFactory.create_batch(12)
    directory_moves(6)
    for employee in people:
        AssignmentFactory.create(campaign=campaign, employee=employee)
    leave(people[0])
    with CaptureQueriesContext(connection) as one:
        directory_moves(7)
    leave(*people[1:])
    with CaptureQueriesContext(connection) as many:
        directory_moves(8)
    assert len(many) == len(one)
    assert Withdrawal.objects.count() == 12
