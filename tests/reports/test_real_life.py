"""A campaign run through the services that a company uses, then exported."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.attestations.services import attestation_record
from compliance.campaigns.models import Campaign
from compliance.campaigns.policy import Policy, Wording
from compliance.campaigns.services import (
    campaign_change_policy,
    campaign_close,
    campaign_create,
    campaign_extend,
    campaign_launch,
    campaign_pause,
    campaign_resume,
)
from compliance.guides.models import GuideVersion
from reports.models import Export
from reports.services import export_now
from tests.factories import NOON, EmployeeFactory
from tests.reports.conftest import facts, stored, table

pytestmark = pytest.mark.both


@pytest.fixture
def campaign(linkedin: GuideVersion, bob: Employee, carla: Employee, alice: User) -> Campaign:
    """Launched on Monday noon; Bob, Carla and Kim are asked."""
    EmployeeFactory.create(first_name="Kim", sort_name="kim")
    draft = campaign_create(
        user=alice, name="LinkedIn, autumn", guide_version=linkedin, send_now=True,
        opens_on=NOON.date(), due_on=date(2026, 12, 11), closes_on=date(2026, 12, 31),
        policy=Policy.from_text("3, 7, 12").to_json(), legal_basis="other", legal_note="Agreed with the works council.",
        retention_months=36,
    )  # fmt: skip
    return campaign_launch(campaign=draft, user=alice, now=NOON)


def answer(campaign: Campaign, who: Employee, code: str, now: datetime) -> None:
    assignment = campaign.assignments.get(employee=who)
    attestation_record(
        assignment_id=assignment.pk, link_version=assignment.link_version, answer=code, now=now
    )


def exported(campaign: Campaign, now: datetime, as_of: int | None = None) -> tuple[Export, Path]:
    export = export_now(campaign=campaign, clock=lambda: now, as_of=as_of, kind="workbook")
    return export, stored(export)


def test_what_the_services_did_reconciles(
    campaign: Campaign, bob: Employee, carla: Employee, alice: User
) -> None:
    now = NOON + timedelta(hours=1)
    answer(campaign, bob, "need_help", now)
    answer(campaign, bob, "turned_off", now + timedelta(minutes=5))
    answer(campaign, carla, "prefer_not_to_say", now)
    campaign_extend(
        campaign=campaign, due_on=date(2026, 12, 18), closes_on=date(2026, 12, 31),
        user=alice, now=now,
    )  # fmt: skip
    campaign_close(campaign=campaign, user=alice, now=now + timedelta(days=1))
    _, path = exported(campaign, now + timedelta(days=2))
    summary = facts(path)
    assert (summary["In scope"], summary["Answered"], summary["Open"]) == (3, 2, 1)
    assert (summary["State"], summary["Legal note"]) == ("Closed", "Agreed with the works council.")
    assert summary["Due"] == datetime(2026, 12, 18)
    assert [row["Answer"] for row in table(path, "Attestations")] == [
        "need_help",
        "turned_off",
        "prefer_not_to_say",
    ]
    assert {row["Mail"] for row in table(path, "Messages")} == {"Invitation"}


def test_an_export_of_the_same_position_is_the_same_a_year_later(
    campaign: Campaign, bob: Employee, carla: Employee
) -> None:
    answer(campaign, bob, "was_off", NOON + timedelta(hours=1))
    first, _ = exported(campaign, NOON + timedelta(hours=2))
    answer(campaign, carla, "no_account", NOON + timedelta(hours=3))
    Employee.objects.update(department="Merged", first_name="Changed")
    again, _ = exported(campaign, datetime(2027, 11, 24, tzinfo=UTC), as_of=first.seq)
    assert again.sha256 == first.sha256


def test_the_legal_note_is_held_to_what_the_ledger_committed_to(
    campaign: Campaign, bob: Employee
) -> None:
    """A free text is in the ledger as a commitment only, and is checked all the same."""
    _, path = exported(campaign, NOON + timedelta(hours=1))
    said = facts(path, "Integrity")
    assert len(said["Launched with: legal note"]) == 64
    assert len(said["Launched with: name"]) == 64


def test_reminders_that_were_changed_leave_earlier_exports_as_they_were(
    campaign: Campaign, bob: Employee, alice: User
) -> None:
    """Fails when the record is compared with a policy that came later than the position."""
    first, _ = exported(campaign, NOON + timedelta(hours=1))
    worded = Policy.from_text("3, due, at most 2")
    worded = worded.worded(worded.steps[0], {"en": Wording("Two minutes, please", "Dear all")})
    campaign = campaign_change_policy(
        campaign=campaign, policy=worded, user=alice, now=NOON + timedelta(hours=2)
    )
    second, path = exported(campaign, NOON + timedelta(hours=3))
    assert facts(path)["Reminders"] == "3, due, at most 2"
    campaign = campaign_change_policy(
        campaign=campaign, policy=Policy(), user=alice, now=NOON + timedelta(hours=4)
    )
    _, path = exported(campaign, NOON + timedelta(hours=5))
    assert facts(path)["Reminders"] == "none"
    for before in (first, second):
        again, _ = exported(campaign, NOON + timedelta(days=400), as_of=before.seq)
        assert again.sha256 == before.sha256


def test_a_pause_moves_every_date_and_leaves_earlier_exports_as_they_were(
    campaign: Campaign, bob: Employee, alice: User
) -> None:
    first, path = exported(campaign, NOON + timedelta(hours=1))
    assert facts(path)["Due"] == datetime(2026, 12, 11)
    campaign = campaign_pause(campaign=campaign, user=alice, now=NOON + timedelta(hours=2))
    paused, _ = exported(campaign, NOON + timedelta(hours=3))
    campaign = campaign_resume(campaign=campaign, user=alice, now=NOON + timedelta(days=7))
    _, path = exported(campaign, NOON + timedelta(days=7, hours=1))
    summary = facts(path)
    assert (summary["State"], summary["Due"]) == ("Running", datetime(2026, 12, 18))
    assert {row["Due"] for row in table(path, "Population")} == {"2026-12-18"}
    for before in (first, paused):
        again, _ = exported(campaign, NOON + timedelta(days=400), as_of=before.seq)
        assert again.sha256 == before.sha256
