from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import Settings

from accounts.directory.models import Employee
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.policy import Policy
from compliance.campaigns.services import campaign_launch
from compliance.guides.models import GuideVersion
from compliance.reminders.calendar import local_day
from compliance.reminders.leave_services import leave_record
from compliance.reminders.models import Message
from compliance.reminders.outlook import outlook, outlook_for, outlook_in_draft
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump
from compliance.reminders.schedule import Crowd
from compliance.reminders.simulation import Stand, simulate
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink
from tests.factories import NOON, CampaignFactory

pytestmark = pytest.mark.django_db

PLACES = [
    ("DE", "Europe/Berlin"),
    ("US", "America/New_York"),
    ("US", "America/Los_Angeles"),
    ("JP", "Asia/Tokyo"),
    ("IN", "Asia/Kolkata"),
    ("SA", "Asia/Riyadh"),
    ("NZ", "Pacific/Auckland"),
    ("", ""),
]


# Before the invitation, among the reminders, over the due date, two of them, after it.
LEAVES = [
    [(date(2026, 11, 23), date(2026, 11, 25))],
    [(date(2026, 11, 25), date(2026, 11, 27)), (date(2026, 12, 10), date(2026, 12, 18))],
    [(date(2026, 12, 16), date(2026, 12, 22))],
]


def draft(policy: str = "3, 7, due-2, due, every 5, at most 6", **fields: object) -> Campaign:
    return CampaignFactory.build(
        policy=Policy.from_text(policy).to_json(), guide_version=None, **fields
    )


def crowd(people: int, country: str = "DE", zone: str = "Europe/Berlin") -> Stand:
    return Stand(Crowd(country, zone, None, date(2026, 12, 11), None, people=people))


def test_a_simulated_quarter_is_what_was_really_sent(
    server: Sink, ask: Callable[..., Assignment], campaign: Campaign, clock: Clock
) -> None:
    """The planner and the simulation ask one rule; here both walk through the same quarter.

    Fails when the simulation forgets leave that is planned (`_with_leave`, `Stand.on`).
    """
    Campaign.objects.update(
        policy=Policy.from_text("1, 3, 7, due-2, due, every 5, at most 8").to_json(),
        closes_on=date(2027, 2, 19),
    )
    for country, zone in PLACES:
        for _ in range(2):
            person = ask(country=country)
            Assignment.objects.filter(pk=person.pk).update(time_zone=zone)
    for spans in LEAVES:
        employee = ask(country="DE").person
        for starts_on, ends_on in spans:
            leave_record(
                employee=employee, starts_on=starts_on, ends_on=ends_on, user=None, now=NOON
            )
    campaign.refresh_from_db()
    clock.now = datetime(2026, 11, 22, 11, tzinfo=UTC)  # somewhere it is Monday already
    foretold = outlook(campaign, now=clock.now)
    while clock.now < datetime(2027, 2, 21, tzinfo=UTC):
        if reminders_plan(now=clock.now) or Message.objects.owed().exists():
            pump(clock=clock)
        clock.move(hours=8)  # every window is ten hours long
    sent = Counter(
        (local_day(message.assignment.time_zone, message.dated_at), message.step)
        for message in Message.objects.filter(state="accepted").select_related("assignment")
        if message.dated_at
    )
    expected: Counter[tuple[date, int]] = Counter()
    for mail in foretold.mails:
        expected[mail.day, mail.code] += mail.people
    assert sent == expected
    assert foretold.total == len(server.mails) > 16 * 7


def test_days_name_invitations_and_reminders(settings: Settings) -> None:
    foretold = simulate(draft("3"), [crowd(10)], now=NOON)
    assert foretold.days == ((date(2026, 11, 23), 10, 0), (date(2026, 11, 26), 0, 10))


def test_the_transports_limits_stretch_it(settings: Settings) -> None:
    settings.EMAIL_RATE_PER_MINUTE = 30
    foretold = simulate(draft(""), [crowd(20_000)], now=NOON)
    # Five hours are left on Monday: 9,000 mails; the other 11,000 leave on Tuesday.
    assert [day[:2] for day in foretold.days] == [
        (date(2026, 11, 23), 9_000),
        (date(2026, 11, 24), 11_000),
    ]
    assert foretold.invited_at == datetime(2026, 11, 24, 7, tzinfo=UTC) + timedelta(
        minutes=11_000 / 30
    )


def test_a_limit_by_day_is_kept(settings: Settings) -> None:
    settings.EMAIL_RATE_PER_DAY = 10_000
    foretold = simulate(draft(""), [crowd(25_000)], now=NOON)
    assert [invitations for _, invitations, _ in foretold.days] == [10_000, 10_000, 5_000]


def test_nobody_gets_more_than_the_week_allows(settings: Settings) -> None:
    settings.MAILS_PER_WEEK = 2
    foretold = simulate(draft("1, 2, 3, 4"), [crowd(1)], now=NOON)
    days = [mail.day for mail in foretold.mails]
    assert all((later - day).days >= 7 for day, later in zip(days, days[2:], strict=False))


def test_invitations_to_be_sent_at_once_leave_at_once() -> None:
    saturday_night = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)
    foretold = simulate(draft("", send_now=True), [crowd(5, zone="")], now=saturday_night)
    assert [mail.begins for mail in foretold.mails] == [saturday_night]


def test_one_persons_schedule_leaves_out_what_was_sent(ask: Callable[..., Assignment]) -> None:
    bob = ask(invited=True)
    codes = [mail.code for mail in outlook_for(bob, now=NOON + timedelta(days=3)).mails]
    assert codes == [3, 7, 12]
    Assignment.objects.update(mailed_on=date(2026, 11, 26))
    codes = [mail.code for mail in outlook_for(bob, now=NOON + timedelta(days=3)).mails]
    assert codes == [7, 12]


def test_whoever_has_answered_has_nothing_before_them(ask: Callable[..., Assignment]) -> None:
    bob = ask(closed_at=NOON, answer="was_off")
    assert outlook_for(bob, now=NOON).mails == ()


@pytest.mark.parametrize("send_now", [False, True])
def test_a_draft_foretells_planned_leave_as_its_launch_then_does(
    linkedin: GuideVersion, bob: Employee, send_now: bool
) -> None:
    """Fails when `_stands_of_draft` forgets leave, or the later due date that follows from it."""
    for first, last in [(NOON.date(), date(2026, 11, 25)), (date(2026, 12, 9), date(2026, 12, 14))]:
        leave_record(employee=bob, starts_on=first, ends_on=last, user=None, now=NOON)
    campaign = CampaignFactory.create(guide_version=linkedin, send_now=send_now)
    foretold = outlook_in_draft(campaign, bob, now=NOON)
    assert foretold == outlook(campaign, now=NOON)
    campaign_launch(campaign=campaign, user=None, now=NOON)
    assert outlook(Campaign.objects.get(), now=NOON) == foretold
    assert foretold.mails[0].day == date(2026, 11, 26)
    assert not [mail for mail in foretold.mails if 9 <= mail.day.day <= 14]
