import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from pytest_django import Settings

from compliance.campaigns.models import Assignment, Campaign
from compliance.reminders import tasks
from compliance.reminders.models import Instance, Message, Seal, State
from tests.compliance.reminders.servers import Sink, scripted
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _monday_noon() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=True):
        yield


def test_the_command_plans_sends_and_seals(
    ask: Callable[..., Assignment], server: Sink, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(), ask()
    call_command("pump", "--until-idle", "--json")
    printed = json.loads(capsys.readouterr().out)
    assert printed == {
        "accepted": 2,
        "deferred": 0,
        "rejected": 0,
        "uncertain": 0,
        "pending": 0,
        "cancelled": 0,
    }
    assert len(server.mails) == 2
    assert Seal.objects.get().outcomes == 2


def test_running_it_again_sends_nothing(
    ask: Callable[..., Assignment], server: Sink, capsys: pytest.CaptureFixture[str]
) -> None:
    ask()
    call_command("pump", "--until-idle", "--json")
    call_command("pump", "--until-idle", "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["accepted"] == 0
    assert len(server.mails) == 1


def test_it_speaks_in_a_sentence_to_people(
    ask: Callable[..., Assignment], server: Sink, capsys: pytest.CaptureFixture[str]
) -> None:
    ask()
    call_command("pump")
    assert capsys.readouterr().out.startswith("1 mails accepted")


def test_one_campaign_only(
    ask: Callable[..., Assignment],
    campaign: Campaign,
    server: Sink,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ask()
    call_command("pump", "--json", "--campaign", str(campaign.pk))
    assert json.loads(capsys.readouterr().out)["accepted"] == 1


@pytest.mark.parametrize("connections", ["0", "33"])
def test_a_senseless_number_of_connections_is_refused(server: Sink, connections: str) -> None:
    with pytest.raises(CommandError, match="from 1 to 32"):
        call_command("pump", "--connections", connections)


def test_an_unknown_campaign_is_refused_with_those_that_there_are(
    campaign: Campaign, server: Sink
) -> None:
    with pytest.raises(
        CommandError, match=rf"no campaign 999.*{campaign.pk} \({campaign.name}\)"
    ) as error:
        call_command("pump", "--campaign", "999")
    assert error.value.returncode == 1


def test_without_a_mail_server_it_is_refused(
    settings: Settings, ask: Callable[..., Assignment], capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_URL = ""
    ask()
    with pytest.raises(CommandError, match="EMAIL_URL") as error:
        call_command("pump", "--json")
    assert error.value.returncode == 1
    assert "EMAIL_URL" in json.loads(capsys.readouterr().out)["refused"][0]
    assert Message.objects.get().state == State.PENDING


def test_a_mail_server_that_gives_up_is_named_beside_the_numbers(
    settings: Settings, ask: Callable[..., Assignment], capsys: pytest.CaptureFixture[str]
) -> None:
    ask()
    with (
        scripted(greeting="421 busy") as server,
        pytest.raises(CommandError, match="421 busy") as error,
    ):
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        call_command("pump", "--json")
    assert error.value.returncode == 1
    assert json.loads(capsys.readouterr().out)["pending"] == 1


def test_the_tasks_do_the_same_without_any_payload(
    ask: Callable[..., Assignment], server: Sink
) -> None:
    ask()
    for task in (tasks.plan, tasks.pump, tasks.seal):
        task()
    assert len(server.mails) == 1
    assert Seal.objects.get().planned == 1


def test_tasks_twice_late_or_in_any_order_change_nothing(
    ask: Callable[..., Assignment], server: Sink
) -> None:
    """Promise 1: a lost, doubled or late task changes nothing but speed."""
    ask()
    for task in (
        tasks.seal,
        tasks.pump,
        tasks.plan,
        tasks.plan,
        tasks.pump,
        tasks.pump,
        tasks.seal,
    ):
        task()
    assert len(server.mails) == 1


def test_the_pump_task_stands_back_while_another_run_is_at_it(
    owe: Callable[..., Message], server: Sink
) -> None:
    owe(state=State.LEASED, lease_until=NOON.replace(hour=13))
    owe()
    tasks.pump()
    assert server.mails == []


def test_the_pump_task_says_in_the_log_why_nothing_leaves(
    owe: Callable[..., Message], server: Sink, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    owe()
    Instance.objects.create(fingerprint="another")
    tasks.pump()
    assert "mail_refused" in caplog.text
    assert owe().assignment.email not in caplog.text


def test_the_pump_task_without_a_mail_server_does_nothing(
    owe: Callable[..., Message], settings: Settings
) -> None:
    settings.EMAIL_URL = ""
    owe()
    tasks.pump()
    assert Message.objects.get().state == State.PENDING
