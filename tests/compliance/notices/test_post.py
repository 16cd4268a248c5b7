"""Notices leave once, or not at all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.models import Campaign
from compliance.campaigns.services import campaign_pause, campaign_resume
from compliance.notices import post
from compliance.notices.models import Notice
from compliance.notices.plan import alerts_plan, digests_plan, summaries_plan
from compliance.notices.post import notices_send
from compliance.reminders.faults import transport_fault
from compliance.reminders.instance import sending_release, sending_stop
from compliance.reminders.models import Bucket, State
from tests.compliance.notices.test_plan import FACTS
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink, scripted
from tests.factories import NOON
from tests.parts import free_port

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def send(clock: Clock) -> dict[str, int]:
    return dict(notices_send(clock=clock, budget=timedelta(minutes=1)))


@pytest.fixture
def owed(alice: User, campaign: Campaign) -> Notice:
    """Alice's digest of this week."""
    digests_plan(now=NOON)
    return Notice.objects.get()


def test_a_digest_leaves_once(owed: Notice, server: Sink, clock: Clock) -> None:
    assert send(clock) == {State.ACCEPTED: 1}
    assert send(clock) == {}
    mail = server.mails[0]
    assert server.recipients == ["alice@example.com"]
    assert mail["Subject"] == "Optrail: nothing waits for a decision"
    assert mail["Auto-Submitted"] == "auto-generated"
    owed.refresh_from_db()
    assert (owed.state, owed.next_at, owed.attempts) == (State.ACCEPTED, None, 1)


def test_nothing_to_say_sends_nothing(
    owed: Notice, campaign: Campaign, server: Sink, clock: Clock
) -> None:
    Campaign.objects.update(state="closed")
    assert send(clock) == {State.CANCELLED: 1}
    assert server.mails == []


def test_daily_digests_come_only_when_something_waits(
    alice: User, campaign: Campaign, server: Sink, clock: Clock, settings: Settings
) -> None:
    settings.OFFICER_DIGEST = "daily"
    for _day in range(3):
        digests_plan(now=clock())
        send(clock)
        clock.move(days=1)
    assert len(server.mails) == 1  # Monday's
    campaign_pause(campaign=campaign, user=None, now=clock(), reason="transport", facts=FACTS)
    digests_plan(now=clock())
    assert send(clock) == {State.ACCEPTED: 1}


def test_what_was_put_off_goes_later_and_what_was_refused_never(
    owed: Notice, server: Sink, clock: Clock
) -> None:
    server.rcpt = lambda _address: "451 later"
    assert send(clock) == {State.DEFERRED: 1}
    assert send(clock) == {}
    clock.move(minutes=6)
    server.rcpt = lambda _address: "550 no"
    assert send(clock) == {State.REJECTED: 1}
    clock.move(days=1)
    assert send(clock) == {}


def test_a_line_lost_after_the_hand_over_is_uncertain_for_ever(
    owed: Notice, clock: Clock, settings: Settings
) -> None:
    """Without the committed START a later run would send it a second time."""
    with scripted(dot="") as wire:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{wire.port}"
        assert send(clock) == {State.UNCERTAIN: 1}
        clock.move(hours=1)
        assert send(clock) == {}


def test_a_run_that_died_leaves_it_uncertain(owed: Notice, server: Sink, clock: Clock) -> None:
    Notice.objects.update(state=State.STARTED, next_at=None, lease_until=NOON)
    clock.move(minutes=1)
    assert send(clock) == {}
    owed.refresh_from_db()
    assert (owed.state, server.mails) == (State.UNCERTAIN, [])


def test_two_runs_at_once_hand_it_over_once(
    owed: Notice, server: Sink, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run takes it between RCPT and START; without the condition in `_start` that it still
    waits, both hand it over."""
    start = post._start

    def late(notice: Notice, now: datetime) -> bool:
        assert start(notice, now)  # the other run's
        return start(notice, now)

    monkeypatch.setattr(post, "_start", late)
    assert send(clock) == {}
    assert server.mails == []


def test_while_mail_is_stopped_no_notice_leaves(
    owed: Notice, server: Sink, clock: Clock, alice: User
) -> None:
    sending_stop(user=alice, reason="Stop", now=NOON)
    assert send(clock) == {}
    assert server.mails == []
    sending_release(user=alice, now=NOON)
    assert send(clock) == {State.ACCEPTED: 1}


def test_a_stop_between_address_and_hand_over_is_in_time(
    owed: Notice, server: Sink, clock: Clock, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `held` in `_start` the notice leaves after the stop was committed."""
    start = post._start

    def stopped(notice: Notice, now: datetime) -> bool:
        sending_stop(user=alice, reason="Stop", now=now)
        return start(notice, now)

    monkeypatch.setattr(post, "_start", stopped)
    assert send(clock) == {}
    assert server.mails == []


def test_a_server_that_is_down_is_noted_and_tried_again(
    owed: Notice, clock: Clock, settings: Settings
) -> None:
    settings.EMAIL_URL = f"smtp://127.0.0.1:{free_port()}"
    assert send(clock) == {}
    assert transport_fault()
    owed.refresh_from_db()
    assert owed.state == State.PENDING


def test_notices_take_tokens_of_the_same_limits(
    owed: Notice, server: Sink, clock: Clock, settings: Settings
) -> None:
    settings.EMAIL_RATE_PER_MINUTE = 1
    Bucket.objects.create(span="minute", slot=NOON, taken=1)
    assert send(clock) == {}
    clock.move(minutes=2)
    assert send(clock) == {State.ACCEPTED: 1}


def test_whoever_is_no_officer_any_more_gets_none(
    owed: Notice, server: Sink, clock: Clock, alice: User, ada: User
) -> None:
    alice.is_active = False
    alice.save()
    assert send(clock) == {State.CANCELLED: 1}


def test_an_alert_says_what_happened_unless_it_is_over(
    alice: User, campaign: Campaign, server: Sink, clock: Clock
) -> None:
    campaign_pause(campaign=campaign, user=None, now=NOON, reason="transport", facts=FACTS)
    alerts_plan(now=NOON)
    assert send(clock) == {State.ACCEPTED: 1}
    assert server.mails[0]["Subject"] == f"Paused by Optrail: {campaign.name}"
    campaign_resume(campaign=campaign, user=alice, now=NOON)
    Notice.objects.update(state=State.PENDING, next_at=NOON)
    assert send(clock) == {State.CANCELLED: 1}


@pytest.fixture
def summed(campaign: Campaign, clock: Clock) -> Campaign:
    """On Tuesday morning, in a campaign with summaries for managers."""
    campaign.manager_summaries = True
    campaign.save()
    clock.now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    return campaign


def test_managers_get_counts_and_no_names(
    summed: Campaign, team: Callable[..., Employee], server: Sink, clock: Clock
) -> None:
    team(12, 6, email="boss@example.com", language="de")
    team(5, 4, email="small@example.com")
    team(4, 4, email="tiny@example.com")
    summaries_plan(now=clock())
    assert send(clock) == {State.ACCEPTED: 2}
    mails = dict(zip(server.recipients, server.mails, strict=True))
    assert set(mails) == {"boss@example.com", "small@example.com"}
    text = mails["boss@example.com"].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "wurden 12 gefragt" in text
    assert "Geantwortet: 5 oder mehr" in text
    assert "Noch nicht:  weniger als 8" in text
    text = mails["small@example.com"].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Answered: 3 or more" in text
    assert "Not yet:  fewer than 3" in text
    for assignment in summed.assignments.all():
        for mail in server.mails:
            assert assignment.last_name not in mail.as_string()


def test_a_summary_outside_of_working_hours_waits(
    summed: Campaign, team: Callable[..., Employee], server: Sink, clock: Clock
) -> None:
    """Say, because the mail server was down until the evening."""
    team(6)
    summaries_plan(now=clock())
    clock.now = datetime(2026, 11, 24, 22, tzinfo=UTC)
    assert send(clock) == {}
    clock.now = datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert send(clock) == {State.ACCEPTED: 1}


def test_managers_who_left_and_campaigns_that_stopped_get_none(
    summed: Campaign, team: Callable[..., Employee], server: Sink, clock: Clock
) -> None:
    boss = team(6)
    team(7)
    summaries_plan(now=clock())
    Employee.objects.filter(pk=boss.pk).update(active=False, left_at=NOON, left_reason="missing")
    Campaign.objects.update(state="paused")
    assert send(clock) == {State.CANCELLED: 2}
    assert server.mails == []


def test_what_waited_a_week_is_overtaken(owed: Notice, server: Sink, clock: Clock) -> None:
    clock.move(days=7)
    assert send(clock) == {}
    owed.refresh_from_db()
    assert owed.state == State.CANCELLED
