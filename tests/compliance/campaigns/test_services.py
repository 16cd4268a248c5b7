"""A campaign's life: drafted, launched once, paused, resumed, extended, closed."""

import json
import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from accounts.directory.models import Employee
from accounts.imports.models import DirectoryVersion
from accounts.signin.models import User
from compliance.campaigns import services
from compliance.campaigns.audience import audience_freeze, population_digest
from compliance.campaigns.models import TRANSPORT, Assignment, Campaign, CampaignState, Decision
from compliance.campaigns.signals import asking_stopped, campaign_launched
from compliance.guides.models import GuideVersion
from ledger.commands import Refusal
from ledger.models import Event, VaultEntry
from ledger.verification import verify
from tests.factories import NOON, CampaignFactory, EmployeeFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]
MOVES = ["campaign_pause", "campaign_resume", "campaign_close"]


@pytest.fixture
def draft(linkedin: GuideVersion, bob: Employee, carla: Employee) -> Any:
    """A draft for Bob and Carla."""
    return CampaignFactory.create(name="LinkedIn, autumn", reply_to="privacy@example.com")


@pytest.fixture
def running(draft: Campaign, alice: User) -> Any:
    """The same, launched by Alice."""
    return services.campaign_launch(campaign=draft, user=alice, now=NOON)


@pytest.fixture
def heard() -> Any:
    """What the rooms above were told."""
    calls = []

    def hear(**told: Any) -> None:
        if "assignments" in told:
            told["assignments"] = set(told["assignments"].values_list("email", flat=True))
        calls.append(told)

    for signal in (asking_stopped, campaign_launched):
        signal.connect(hear)
    yield calls
    for signal in (asking_stopped, campaign_launched):
        signal.disconnect(hear)


def last_event() -> Any:
    return json.loads(Event.objects.latest("seq").body)


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


def test_pausing_and_resuming_are_decisions(running: Campaign, alice: User) -> None:
    paused = services.campaign_pause(campaign=running, user=alice, now=NOON)
    assert paused.state == CampaignState.PAUSED
    assert services.campaign_resume(campaign=paused, user=None, now=NOON).state == "running"
    kinds = list(running.decisions.values_list("kind", flat=True))
    assert kinds == ["launched", "paused", "resumed"]
    assert last_event()["actor"] == "command"


def test_closing_stops_everyone_in_the_same_transaction(
    running: Campaign, alice: User, heard: Any
) -> None:
    """Fails when the close does not tell the reminders."""
    closed = services.campaign_close(campaign=running, user=alice, now=NOON)
    assert (closed.state, closed.closed_at) == (CampaignState.CLOSED, NOON)
    assert [(call["reason"], call["assignments"]) for call in heard] == [
        ("closed", {"bob@example.com", "carla@example.com"})
    ]
    assert last_event()["kind"] == "campaign.closed"


@pytest.mark.parametrize("move", MOVES)
def test_a_draft_and_a_closed_campaign_refuse_to_move(
    linkedin: GuideVersion, alice: User, move: Any
) -> None:
    for trait in ({}, {"closed": True}):
        campaign = CampaignFactory.create(**trait)
        with pytest.raises(Refusal, match="by now"):
            getattr(services, move)(campaign=campaign, user=alice, now=NOON)
    assert not Event.objects.filter(body__contains="campaign.").exists()


def test_a_campaign_closes_after_its_last_day_and_not_on_it(running: Campaign) -> None:
    last = NOON.replace(month=12, day=31, hour=23, minute=59)
    assert services.campaigns_close_ended(now=last) == 0
    assert services.campaigns_close_ended(now=last + timedelta(minutes=1)) == 1
    assert services.campaigns_close_ended(now=last + timedelta(minutes=2)) == 0
    assert last_event()["actor"] == "system"
    running.refresh_from_db()
    assert running.state == CampaignState.CLOSED


def test_extending_gives_later_days_and_is_a_decision(running: Campaign, alice: User) -> None:
    extended = services.campaign_extend(
        campaign=running,
        due_on=date(2026, 12, 18),
        closes_on=date(2027, 1, 15),
        user=alice,
        now=NOON,
    )
    assert (extended.due_on, extended.closes_on) == (date(2026, 12, 18), date(2027, 1, 15))
    assert last_event()["data"] == {"due_on": "2026-12-18", "closes_on": "2027-01-15"}


@pytest.mark.parametrize(
    ("due_on", "closes_on", "reason"),
    [
        (date(2026, 12, 1), date(2026, 12, 31), "choose these or later"),
        (date(2026, 12, 11), date(2026, 12, 31), "Nothing would change"),
        (date(2027, 1, 11), date(2026, 12, 31), "before the due date"),
    ],
)
def test_an_extension_that_gives_no_time_is_refused(
    running: Campaign, alice: User, due_on: Any, closes_on: Any, reason: Any
) -> None:
    with pytest.raises(Refusal, match=reason):
        services.campaign_extend(
            campaign=running, due_on=due_on, closes_on=closes_on, user=alice, now=NOON
        )


def test_a_closed_campaign_is_not_extended(linkedin: GuideVersion, alice: User) -> None:
    with pytest.raises(Refusal, match="only a running or paused"):
        services.campaign_extend(
            campaign=CampaignFactory.create(closed=True),
            due_on=date(2027, 1, 1),
            closes_on=date(2027, 1, 1),
            user=alice,
            now=NOON,
        )


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
