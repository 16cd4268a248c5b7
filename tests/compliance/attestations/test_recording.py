"""An answer is recorded: once, for good, with its event, and reminders end."""

import json
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from compliance.answers import ANSWERS, CLOSING
from compliance.attestations.models import Attestation
from compliance.attestations.services import LIMIT, attestation_record
from compliance.campaigns.models import Assignment
from compliance.campaigns.services import campaign_close, campaign_pause
from compliance.reminders.models import Message, State
from ledger.commands import Refusal
from ledger.models import Event
from ledger.verification import verify
from tests.compliance.attestations.conftest import together
from tests.factories import NOON, MessageFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def record(assignment: Assignment, answer: str, later: timedelta = timedelta()) -> Attestation:
    return attestation_record(
        assignment_id=assignment.pk,
        link_version=assignment.link_version,
        answer=answer,
        now=NOON + later,
    )


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_a_row_with_its_event(for_bob: Assignment, answer: str) -> None:
    attestation = record(for_bob, answer)
    event = Event.objects.get(seq=attestation.seq)
    body = json.loads(event.body)
    assert (attestation.number, attestation.answer, attestation.at) == (1, answer, NOON)
    assert (body["kind"], body["actor"], body["subject"]) == (
        "attestation.recorded",
        for_bob.ref,
        for_bob.ref,
    )
    assert body["data"] == {
        "answer": answer,
        "number": 1,
        "campaign": for_bob.campaign.ref,
        "wording": for_bob.campaign.guide_version.digest,
        "language": "de",
        "assurance": "link",
    }
    assert verify().ok


def test_the_ledger_holds_no_personal_value(for_bob: Assignment) -> None:
    record(for_bob, "was_off")
    body = Event.objects.latest("seq").body
    for personal in (for_bob.first_name, for_bob.last_name, for_bob.email, for_bob.department):
        assert personal not in body


@pytest.mark.parametrize("answer", sorted(CLOSING))
def test_a_full_answer_closes_and_cancels_what_is_owed(for_bob: Assignment, answer: str) -> None:
    """Promise 2. Tried without messages_cancel: the reminder stays pending and this fails."""
    sent = MessageFactory.create(assignment=for_bob, step=0, state=State.ACCEPTED)
    owed = MessageFactory.create(assignment=for_bob, step=1)
    record(for_bob, answer)
    for_bob.refresh_from_db()
    states = dict(Message.objects.values_list("pk", "state"))
    assert states == {sent.pk: State.ACCEPTED, owed.pk: State.CANCELLED}
    assert Message.objects.get(pk=owed.pk).reason == "answered"
    assert (for_bob.answer, for_bob.answered_at, for_bob.closed_at) == (answer, NOON, NOON)
    assert not Assignment.objects.open().filter(pk=for_bob.pk).exists()


def test_asking_for_help_keeps_the_question_open(for_bob: Assignment) -> None:
    owed = MessageFactory.create(assignment=for_bob, step=1)
    record(for_bob, "need_help")
    assert Assignment.objects.open().filter(pk=for_bob.pk, answer="need_help").exists()
    assert Message.objects.get(pk=owed.pk).state == State.PENDING


def test_somebody_elses_reminder_stays(for_bob: Assignment, for_carla: Assignment) -> None:
    hers = MessageFactory.create(assignment=for_carla, step=1)
    record(for_bob, "was_off")
    assert Message.objects.get(pk=hers.pk).state == State.PENDING


def test_a_correction_is_a_new_row_and_keeps_the_first_closing_time(for_bob: Assignment) -> None:
    record(for_bob, "left_on")
    record(for_bob, "turned_off", timedelta(hours=1))
    rows = Attestation.objects.order_by("number").values_list("number", "answer")
    for_bob.refresh_from_db()
    assert list(rows) == [(1, "left_on"), (2, "turned_off")]
    assert (for_bob.answer, for_bob.closed_at) == ("turned_off", NOON)
    assert for_bob.answered_at == NOON + timedelta(hours=1)


def test_a_correction_to_help_opens_the_question_again(for_bob: Assignment) -> None:
    record(for_bob, "was_off")
    record(for_bob, "need_help", timedelta(hours=1))
    for_bob.refresh_from_db()
    assert for_bob.closed_at is None


def test_the_same_answer_twice_is_one_row(for_bob: Assignment) -> None:
    """Tried without the comparison with the latest answer: a second row appears."""
    first = record(for_bob, "was_off")
    again = record(for_bob, "was_off", timedelta(seconds=1))
    assert again == first
    assert Attestation.objects.count() == 1


def test_an_unknown_answer_is_refused(for_bob: Assignment) -> None:
    with pytest.raises(Refusal, match="choose one"):
        record(for_bob, "guilty")
    assert not Attestation.objects.exists()


def test_a_paused_campaign_takes_answers(for_bob: Assignment) -> None:
    campaign_pause(campaign=for_bob.campaign, user=None, now=NOON)
    assert record(for_bob, "was_off").number == 1


def test_nothing_is_recorded_after_the_close(for_bob: Assignment) -> None:
    """Tried without the check under the ledger's lock: recorded after the close."""
    campaign_close(campaign=for_bob.campaign, user=None, now=NOON)
    events = Event.objects.count()
    with pytest.raises(Refusal, match="closed"):
        record(for_bob, "was_off")
    assert not Attestation.objects.exists()
    assert Event.objects.count() == events


def test_the_last_day_ends_at_the_companys_midnight(
    for_bob: Assignment, settings: Settings
) -> None:
    settings.TIME_ZONE = "America/New_York"
    last_minute = timedelta(days=38, hours=16, minutes=59)  # 2027-01-01 04:59 UTC
    assert record(for_bob, "left_on", last_minute).number == 1
    with pytest.raises(Refusal, match="closed"):
        record(for_bob, "turned_off", last_minute + timedelta(minutes=1))


@pytest.mark.parametrize(
    "change",
    [
        {"exclusion": "no_setting_in_country"},
        {"withdrawn": True},
        {"link_version": 2},
    ],
)
def test_a_link_that_ended_meanwhile_records_nothing(
    for_bob: Assignment, change: dict[str, object]
) -> None:
    """Tried with the assignment read without `reachable` and version: recorded."""
    Assignment.objects.filter(pk=for_bob.pk).update(**change)
    with pytest.raises(Refusal, match="link has ended"):
        record(for_bob, "was_off")


def test_somebody_who_changes_their_mind_for_ever_is_asked_to_write(for_bob: Assignment) -> None:
    answers = ["was_off", "left_on"] * (LIMIT // 2)
    for minute, answer in enumerate(answers):
        record(for_bob, answer, timedelta(minutes=minute))
    with pytest.raises(Refusal, match="write to us"):
        record(for_bob, "turned_off", timedelta(hours=1))
    assert Attestation.objects.count() == LIMIT


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_make_two_numbered_rows(for_bob: Assignment) -> None:
    """Tried without the lock on the assignment: both count the same number, and one tab crashes."""
    answers = ("was_off", "turned_off", "left_on", "not_shown")
    raised = together(*[lambda answer=answer: record(for_bob, answer) for answer in answers])
    rows = Attestation.objects.order_by("number").values_list("number", "answer")
    assert raised == []
    assert [number for number, _ in rows] == [1, 2, 3, 4]
    assert {answer for _, answer in rows} == set(answers)
    assert verify().ok


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_row(for_bob: Assignment) -> None:
    raised = together(*[lambda: record(for_bob, "was_off")] * 4)
    assert raised == []
    assert Attestation.objects.count() == 1
