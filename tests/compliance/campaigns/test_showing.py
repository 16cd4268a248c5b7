"""Looking at what one person said: by a button, for a while, and on record."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.signin.models import User
from compliance.attestations.services import attestation_record
from compliance.campaigns.models import Assignment
from ledger.models import Event
from tests.factories import NOON, AssignmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(linkedin: object) -> Assignment:
    assignment: Assignment = AssignmentFactory.create()
    attestation_record(assignment_id=assignment.id, link_version=1, answer="left_on", now=NOON)
    return assignment


def shown() -> list[dict[str, object]]:
    bodies = [json.loads(body) for body in Event.objects.values_list("body", flat=True)]
    return [body for body in bodies if body["kind"] == "answers.shown"]


def test_an_answer_is_shown_by_a_button_and_the_look_is_on_record(
    answered: Assignment, as_aino: Client, aino: User
) -> None:
    """Removed: `answers_shown` in the template, or the event in answers_show. Fails then."""
    page = reverse("assignment", args=[answered.pk])
    with time_machine.travel(NOON, tick=False) as clock:
        as_aino.force_login(aino)
        assert "Left on" not in as_aino.get(page).text
        assert shown() == []
        after = as_aino.post(reverse("assignment_show", args=[answered.pk]), follow=True)
        assert "Left on" in after.text
        clock.shift(timedelta(minutes=14))
        assert "Left on" in as_aino.get(page).text
        clock.shift(timedelta(minutes=2))
        assert "Left on" not in as_aino.get(page).text
    (event,) = shown()
    assert (event["actor"], event["subject"]) == (aino.ref, answered.ref)


def test_one_persons_answer_opens_nobody_elses(answered: Assignment, as_alice: Client) -> None:
    with time_machine.travel(NOON, tick=False):
        other = AssignmentFactory.create(campaign=answered.campaign)
        attestation_record(assignment_id=other.id, link_version=1, answer="left_on", now=NOON)
        as_alice.post(reverse("assignment_show", args=[other.pk]))
        page = as_alice.get(reverse("assignment", args=[answered.pk]))
        assert "Left on" not in page.text


def test_an_answer_is_not_shown_to_another_session(
    answered: Assignment, as_alice: Client, as_aino: Client
) -> None:
    with time_machine.travel(NOON, tick=False):
        as_alice.post(reverse("assignment_show", args=[answered.pk]))
        assert "Left on" not in as_aino.get(reverse("assignment", args=[answered.pk])).text
