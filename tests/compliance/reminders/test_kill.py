"""A real pump process, killed without warning while it sends."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from compliance.campaigns.models import Campaign
from compliance.reminders.handover import START_LEASE
from compliance.reminders.models import Message, State
from compliance.reminders.pump import pump
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink, sink

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
TENTH = 10
ROOT = Path(__file__).resolve().parents[3]


def database_url() -> str:
    place = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{place['NAME']}"
    return f"postgres://{place['USER']}@{place['HOST']}:{place['PORT']}/{place['NAME']}"


def pump_process(server: Sink) -> subprocess.Popen[bytes]:
    env = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
        "OPTRAIL_INSTANCE_ID": django_settings.INSTANCE_ID,
    }
    command = [sys.executable, "manage.py", "pump", "--until-idle"]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)


@pytest.fixture
def open_now(campaign: Campaign) -> Any:
    """The process reads the real clock, so the campaign has to be open today."""
    today = timezone.localdate()
    Campaign.objects.update(
        send_now=True, opens_on=today, closes_on=today.replace(year=today.year + 1)
    )
    return timezone.now()


def test_a_killed_pump_loses_nothing_and_leaves_at_most_one_mail_unknown(
    owe: Callable[..., Message], clock: Clock, settings: Settings, open_now: datetime
) -> None:
    """Promise 1. With START after DATA instead of before, the tenth mail is sent a second time."""
    people = {owe(next_at=open_now).assignment.email for _ in range(30)}
    taken, killed = threading.Event(), threading.Event()

    def stalls_at_the_tenth(envelope: Envelope) -> str:
        if len(server.envelopes) == TENTH - 1 and not killed.is_set():
            server.envelopes.append(envelope)  # it has the mail, but the answer gets lost
            taken.set()
            killed.wait(60)
            return "451 nobody listens"
        return "250 queued"

    with sink(data=stalls_at_the_tenth) as server:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
        process = pump_process(server)
        assert taken.wait(60)
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed.set()
        assert Message.objects.filter(state=State.STARTED).count() == 1
        clock.now = open_now + START_LEASE * 2
        pump(clock=clock, until_idle=True, wait=clock.wait)

    assert sorted(server.recipients) == sorted(people)  # everybody once, nobody twice
    assert Message.objects.filter(state=State.UNCERTAIN).count() == 1
    assert Message.objects.filter(state=State.ACCEPTED).count() == 29
