"""`manage.py answer_link ASSIGNMENT`."""

import json
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from compliance.campaigns.links import link_url
from compliance.campaigns.models import Assignment, Campaign
from ledger.models import Event

pytestmark = [pytest.mark.both, pytest.mark.django_db, pytest.mark.usefixtures("monday")]


def answer_link(assignment_id: object, *options: str) -> str:
    out = StringIO()
    call_command("answer_link", str(assignment_id), *options, stdout=out)
    return out.getvalue()


def test_it_prints_the_link_and_says_so_in_the_ledger(for_bob: Assignment) -> None:
    assert json.loads(answer_link(for_bob.pk, "--json")) == {"url": link_url(for_bob)}
    body = json.loads(Event.objects.latest("seq").body)
    assert (body["kind"], body["actor"], body["subject"]) == ("link.shown", "command", for_bob.ref)
    assert body["data"] == {"version": 1}


def test_without_json_it_prints_the_link_alone(for_bob: Assignment) -> None:
    assert answer_link(for_bob.pk).strip() == link_url(for_bob)


def refused(assignment_id: object) -> str:
    with pytest.raises(CommandError) as refusal:
        answer_link(assignment_id)
    assert refusal.value.returncode == 1
    assert not Event.objects.filter(body__contains="link.shown").exists()
    return str(refusal.value)


def test_an_unknown_assignment_is_refused(db: None) -> None:
    unknown = uuid4()
    assert f"no assignment {unknown}" in refused(unknown)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"exclusion": "no_setting_in_country"}, "not asked: the setting is not shown"),
        ({"withdrawn": True}, "left the company"),
    ],
)
def test_somebody_who_is_not_asked_has_no_link(
    for_bob: Assignment, change: dict[str, object], reason: str
) -> None:
    Assignment.objects.filter(pk=for_bob.pk).update(**change)
    assert reason in refused(for_bob.pk)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "closed"}, "takes no more answers"),
        ({"closes_on": "2026-11-22"}, "takes no more answers"),
        ({"opens_on": "2026-11-24"}, "opens on 2026-11-24"),
    ],
)
def test_a_campaign_that_takes_no_answers_shows_no_link(
    for_bob: Assignment, change: dict[str, object], reason: str
) -> None:
    Campaign.objects.update(**change)
    assert reason in refused(for_bob.pk)


def test_what_is_no_id_is_wrong_use(db: None) -> None:
    with pytest.raises(CommandError, match="invalid UUID value"):
        answer_link("bob")
