"""Assurance `code`: six digits to the address on file stand between the answer and the record."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import Settings
from time_machine import Traveller

from compliance.attestations.code_mails import code_write
from compliance.attestations.codes import code_text
from compliance.attestations.models import AnswerCode, Attestation
from compliance.attestations.services import attestation_record
from compliance.campaigns.models import Assignment, Assurance, Campaign
from compliance.notices.models import Notice
from compliance.notices.writers import UnwantedError
from ledger.commands import Refusal
from ledger.models import Event
from tests.compliance.attestations.conftest import link
from tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]
CHOSEN = {"answer": "turned_off", "confirm": "1"}


@pytest.fixture
def campaign(campaign: Campaign, settings: Settings) -> Campaign:
    settings.EMAIL_URL = "smtp://127.0.0.1:9"
    campaign.assurance = Assurance.CODE
    campaign.save()
    return campaign


def text_of(response: Any) -> str:
    return bytes(response.content).decode()


def choice_of(response: Any) -> str:
    found = re.search(r'name="choice" value="([^"]+)"', text_of(response))
    assert found
    return found[1]


def asked(phone: Client, person: Assignment) -> str:
    """Confirm an answer; what the page for the code carries."""
    response = phone.post(link(person), CHOSEN)
    assert response.status_code == 200
    return choice_of(response)


def enter(phone: Client, person: Assignment, choice: str, code: str) -> Any:
    return phone.post(link(person, "/code"), {"choice": choice, "code": code})


def newest() -> str:
    return code_text(AnswerCode.objects.latest("asked_at"))


def test_an_answer_is_recorded_with_the_mailed_code_only(
    phone: Client, for_carla: Assignment
) -> None:
    """Removed: `code_ask` in the answer view; recorded without a code then."""
    choice = asked(phone, for_carla)
    assert not Attestation.objects.exists()
    response = enter(phone, for_carla, choice, f" {newest()[:3]} {newest()[3:]} ")
    assert response.status_code == 303
    answer = Attestation.objects.get()
    assert (answer.answer, answer.assurance) == ("turned_off", "code")
    assert '"assurance":"code"' in Event.objects.get(seq=answer.seq).body
    page = text_of(phone.get(response.headers["Location"]))
    assert "by your personal link and a code mailed to you" in page
    assert not phone.cookies


def test_the_code_goes_to_the_directorys_address_of_now(phone: Client, for_bob: Assignment) -> None:
    asked(phone, for_bob)
    for_bob.person.email = "bob.new@example.com"
    for_bob.person.save()
    written = code_write(Notice.objects.get(), NOON)
    assert written.to == "bob.new@example.com"
    assert newest() in written.letter.text
    assert newest() in written.letter.html
    assert newest() not in written.letter.subject
    assert written.letter.subject == "Ihr Code für die Frage zu einer Einstellung"


def test_neither_the_code_nor_what_it_could_be_guessed_from_is_kept(
    phone: Client, for_carla: Assignment, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    choice = asked(phone, for_carla)
    code = AnswerCode.objects.get()
    kept = f"{code.__dict__} {Notice.objects.get().__dict__} {caplog.text}"
    assert newest() not in kept.replace(str(code.id), "")
    before = newest()
    settings.SECRET_KEY = "another" * 10
    assert code_text(code) != before
    assert choice


def test_five_wrong_tries_end_a_code_and_are_an_event(phone: Client, for_carla: Assignment) -> None:
    """Removed: `tries__lt` in `live`; the sixth, right one is taken then."""
    choice = asked(phone, for_carla)
    right = newest()
    wrong = "000000" if right != "000000" else "000001"
    for _ in range(5):
        assert enter(phone, for_carla, choice, wrong).status_code == 409
    assert enter(phone, for_carla, choice, right).status_code == 409
    assert not Attestation.objects.exists()
    events = Event.objects.filter(body__contains='"kind":"answer.refused"')
    assert ['"reason":"wrong_codes"' in event.body for event in events] == [True]


def test_a_code_is_over_after_ten_minutes(
    phone: Client, for_carla: Assignment, monday: Traveller
) -> None:
    choice, right = asked(phone, for_carla), newest()
    monday.shift(timedelta(minutes=10))
    assert enter(phone, for_carla, choice, right).status_code == 409
    with pytest.raises(UnwantedError):
        code_write(Notice.objects.get(), NOON + timedelta(minutes=10))
    assert not Attestation.objects.exists()


def test_a_code_works_once_and_a_second_click_leads_to_the_receipt(
    phone: Client, for_carla: Assignment
) -> None:
    """Removed: both looks at `redeemed_at`; the code opens a correction then."""
    choice, right = asked(phone, for_carla), newest()
    first, again = (enter(phone, for_carla, choice, right) for _ in range(2))
    assert first.headers["Location"] == again.headers["Location"]
    other = choice_of(phone.post(link(for_carla), CHOSEN | {"answer": "left_on"}))
    assert enter(phone, for_carla, other, right).status_code == 409
    assert Attestation.objects.count() == 1


def test_a_code_of_one_link_is_no_good_at_another(
    phone: Client, for_carla: Assignment, for_bob: Assignment
) -> None:
    choice, right = asked(phone, for_carla), newest()
    assert enter(phone, for_bob, choice, right).status_code == 409
    assert enter(phone, for_carla, "nonsense", right).status_code == 409
    assert not Attestation.objects.exists()


def test_nobody_is_buried_in_codes(phone: Client, for_carla: Assignment, monday: Traveller) -> None:
    """Removed: `_refuse_too_many`; the sixth mail is owed then."""
    for _ in range(5):
        asked(phone, for_carla)
    assert phone.post(link(for_carla), CHOSEN).status_code == 409
    assert Notice.objects.count() == 5
    monday.shift(timedelta(hours=1))
    for _ in range(5):
        asked(phone, for_carla)
    monday.shift(timedelta(hours=2))
    assert phone.post(link(for_carla), CHOSEN).status_code == 409
    monday.shift(timedelta(days=1))
    asked(phone, for_carla)
    assert (AnswerCode.objects.count(), Notice.objects.count()) == (1, 1)  # the old ones are gone


def test_looking_asks_for_no_code(phone: Client, for_carla: Assignment) -> None:
    phone.get(f"{link(for_carla)}?{urlencode(CHOSEN)}")
    assert phone.get(link(for_carla, "/code")).status_code == 405
    assert not AnswerCode.objects.exists()


def test_the_service_takes_no_answer_below_the_campaigns_level(for_carla: Assignment) -> None:
    """Removed: `_refuse_unshown`; recorded as `link` then."""
    with pytest.raises(Refusal):
        attestation_record(assignment_id=for_carla.pk, link_version=1, answer="was_off", now=NOON)
    assert not Attestation.objects.exists()


def test_without_mail_there_is_a_word_instead_of_a_code(
    phone: Client, for_carla: Assignment, settings: Settings
) -> None:
    settings.EMAIL_URL = ""
    response = phone.post(link(for_carla), CHOSEN)
    assert response.status_code == 409
    assert "No e-mail can be sent at the moment" in text_of(response)
