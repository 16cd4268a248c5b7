"""A real pump process, killed without warning while it sends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection

from compliance.campaigns.models import Campaign
from compliance.reminders.models import Message, State
from compliance.reminders.outbox import START_LEASE
from compliance.reminders.pump import pump
from tests.compliance.reminders.servers import Sink

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
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
def open_now(campaign):
    """The process reads the real clock, so the campaign has to be open today."""
    from django.utils import timezone

    today = timezone.localdate()
    Campaign.objects.update(
        send_now=True, opens_on=today, closes_on=today.replace(year=today.year + 1)
    )
    return timezone.now()


def test_a_killed_pump_loses_nothing_and_leaves_at_most_one_mail_unknown(
    server, owe, clock, open_now
):
    """Promise 1. With `finish` before DATA the killed mail is lost; with START after DATA it is
    sent twice: both were tried."""
    people = {owe(next_at=open_now).assignment.email for _ in range(60)}
    process = pump_process(server)
    end = time.monotonic() + 30
    while len(server.envelopes) < 10 and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()

    unknown = Message.objects.filter(state=State.STARTED)
    assert unknown.count() <= 1
    clock.now = open_now + START_LEASE * 2
    pump(clock=clock, until_idle=True, wait=clock.wait)

    uncertain = set(
        Message.objects.filter(state=State.UNCERTAIN).values_list("recipient", flat=True)
    )
    assert len(uncertain) <= 1
    assert len(server.recipients) == len(set(server.recipients))
    assert people - uncertain <= set(server.recipients) <= people
    assert not Message.objects.exclude(state__in=[State.ACCEPTED, State.UNCERTAIN]).exists()
