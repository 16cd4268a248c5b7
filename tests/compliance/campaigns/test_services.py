"""A campaign's life: drafted, launched once, paused, resumed, extended, closed."""

import threading
from datetime import date
from typing import Any

import pytest
from django.db import connection, connections

from accounts.directory.models import Employee
from accounts.imports.models import DirectoryVersion
from accounts.signin.models import User
from compliance.campaigns import services
from compliance.campaigns.audience import audience_freeze
from compliance.campaigns.models import TRANSPORT, Assignment, Campaign, CampaignState, Decision
from compliance.campaigns.population import population_digest
from compliance.campaigns.signals import campaign_launched
from compliance.guides.models import GuideVersion
from ledger.commands import Refusal
from ledger.models import Event, VaultEntry
from ledger.verification import verify
from tests.compliance.campaigns.conftest import last_event
from tests.factories import NOON, CampaignFactory, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("kind", "detail", "by"),
    [
        ("launched", {}, "a command"),
        ("closed", {}, "the end of the period"),
        ("paused", {"reason": TRANSPORT}, "Optrail"),
        ("joined", {}, "an import"),
    ],
)
def test_a_decision_without_a_user_says_what_made_it(
    kind: str, detail: dict[str, object], by: str
) -> None:
    assert Decision(kind=kind, detail=detail).by == by


def test_launching_freezes_the_audience_and_writes_down_every_parameter(
    draft: Campaign, alice: User
) -> None:
    campaign = services.campaign_launch(campaign=draft, user=alice, now=NOON)
    assert (campaign.state, campaign.launched_at) == (CampaignState.RUNNING, NOON)
    assert set(campaign.assignments.values_list("first_name", flat=True)) == {"Bob", "Carla"}
    event, decision = last_event(), campaign.decisions.get()
    assert (event["kind"], event["actor"], event["subject"]) == (
        "campaign.launched",
        alice.ref,
        campaign.ref,
    )
    assert campaign.launched_seq == decision.seq == Event.objects.latest("seq").seq
    assert (decision.kind, decision.user, decision.detail) == ("launched", alice, event["data"])
    data = event["data"]
    assert data["guide"] == "linkedin-ai-training"
    assert data["guide_digest"] == campaign.guide_version.digest
    assert (data["opens_on"], data["due_on"], data["closes_on"]) == (
        "2026-11-23",
        "2026-12-11",
        "2026-12-31",
    )
    assert (data["in_scope"], data["excluded"]) == (2, {})
    assert data["population"] == population_digest(campaign)[1].hex()


def test_the_ledger_holds_no_name_and_no_address_of_the_campaign(running: Campaign) -> None:
    """Fails when the parameters go into the event instead of the vault."""
    body = Event.objects.latest("seq").body
    assert "autumn" not in body
    assert "privacy@example.com" not in body
    kept = VaultEntry.objects.filter(subject_ref=running.ref).values_list("field", "value")
    assert dict(kept) == {"name": "LinkedIn, autumn", "reply_to": "privacy@example.com"}


def test_the_rooms_above_hear_of_a_launch_before_its_event(
    draft: Campaign, alice: User, heard: Any
) -> None:
    services.campaign_launch(campaign=draft, user=alice, now=NOON)
    assert [call["campaign"].pk for call in heard] == [draft.pk]


def test_a_second_launch_is_refused_and_changes_nothing(running: Campaign, alice: User) -> None:
    """Fails when the state is not part of the UPDATE's condition."""
    with pytest.raises(Refusal, match="is running by now"):
        services.campaign_launch(campaign=running, user=alice, now=NOON)
    assert Assignment.objects.count() == 2
    assert Decision.objects.count() == 1


def test_the_excluded_are_counted_by_reason(
    linkedin: GuideVersion, bob: Employee, carla: Employee, alice: User
) -> None:
    with pytest.raises(Refusal, match="in the past"):
        services.campaign_launch(
            campaign=CampaignFactory.create(opens_on=date(2025, 10, 1)), user=alice, now=NOON
        )
    then = NOON.replace(year=2025, month=10, day=1)
    campaign = services.campaign_launch(
        campaign=CampaignFactory.create(opens_on=date(2025, 10, 1)), user=alice, now=then
    )
    assert campaign.decisions.get().detail["excluded"] == {"no_setting_in_country": 1}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"opens_on": date(2026, 11, 1)}, "in the past"),
        ({"due_on": date(2026, 11, 20)}, "before it opens"),
        ({"closes_on": date(2026, 12, 1)}, "before it is due"),
        ({"policy": {"steps": [{"anchor": "invitation", "offset": 0}]}}, "The step “0”"),
        ({"policy": {"at_most": 0}}, "at most 0"),
        ({"legal_basis": ""}, "legal basis is missing"),
        ({"legal_basis": "other"}, "Explain it"),
        ({"retention_months": 0}, "retention is missing"),
        ({"audience": {"countries": ["FJ"]}}, "Nobody in scope"),
    ],
)
def test_a_launch_with_an_obstacle_says_so_and_leaves_the_draft(
    draft: Campaign, alice: User, fields: Any, reason: Any
) -> None:
    for name, value in fields.items():
        setattr(draft, name, value)
    draft.save()
    with pytest.raises(Refusal, match=reason):
        services.campaign_launch(campaign=draft, user=alice, now=NOON)
    draft.refresh_from_db()
    assert (draft.state, draft.launched_at) == (CampaignState.DRAFT, None)
    assert not Assignment.objects.exists()
    assert not Decision.objects.exists()


def test_an_unpublished_wording_is_refused(
    draft: Campaign, alice: User, linkedin: GuideVersion
) -> None:
    version = linkedin.guide.versions.create(
        number=99, content=linkedin.content, digest="0" * 64, verified_on=linkedin.verified_on
    )
    services.campaign_edit(campaign=draft, guide_version=version)
    with pytest.raises(Refusal, match="Publish this version"):
        services.campaign_launch(campaign=draft, user=alice, now=NOON)


def test_a_launched_campaign_is_not_edited_and_not_deleted(running: Campaign) -> None:
    with pytest.raises(Refusal, match="was launched"):
        services.campaign_edit(campaign=running, name="Other")
    with pytest.raises(Refusal, match="stays on record"):
        services.campaign_discard(campaign=running)
    assert Campaign.objects.get().name == "LinkedIn, autumn"


def test_a_draft_can_be_deleted(draft: Campaign) -> None:
    services.campaign_discard(campaign=draft)
    assert not Campaign.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_launches_at_once_one_wins(linkedin: GuideVersion, alice: User) -> None:
    """Fails when the launch reads the state first and writes it later."""
    EmployeeFactory.create_batch(20)
    campaign = CampaignFactory.create()
    barrier, results = threading.Barrier(4), []

    def launch() -> None:
        barrier.wait()
        try:
            services.campaign_launch(campaign=campaign, user=alice, now=NOON)
            results.append("launched")
        except Refusal:
            results.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=launch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["launched", "refused", "refused", "refused"]
    assert Assignment.objects.count() == 20
    assert Decision.objects.count() == 1
    assert verify().ok


@pytest.mark.django_db(transaction=True)
def test_a_launch_that_fails_late_leaves_nothing_behind(
    linkedin: GuideVersion, bob: Employee, alice: User
) -> None:
    def fail(**_told: Any) -> None:
        raise RuntimeError

    campaign = CampaignFactory.create()
    campaign_launched.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            services.campaign_launch(campaign=campaign, user=alice, now=NOON)
    finally:
        campaign_launched.disconnect(fail)
    assert Campaign.objects.get().state == CampaignState.DRAFT
    assert not Assignment.objects.exists()


def test_decisions_are_refused_to_whoever_would_rewrite_them(running: Campaign) -> None:
    """Fails when the table's guard is removed."""
    with pytest.raises(Exception, match="only ever appended"), connection.cursor() as cursor:
        cursor.execute("UPDATE compliance_decision SET kind = 'paused'")


def test_an_import_between_freeze_and_launch_stops_the_launch(
    linkedin: GuideVersion, bob: Employee, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails when the directory's version is not looked at again, locked, after the freeze."""

    def freeze_and_import(campaign: Campaign) -> int:
        rows = audience_freeze(campaign)
        DirectoryVersion.objects.filter(id=1).update(version=7)
        return rows

    monkeypatch.setattr(services, "audience_freeze", freeze_and_import)
    with pytest.raises(Refusal, match="imported at this moment"):
        services.campaign_launch(campaign=CampaignFactory.create(), user=alice, now=NOON)
    assert not Assignment.objects.exists()
