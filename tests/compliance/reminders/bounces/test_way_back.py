"""From the pump to the mail server and back: what really left, and two that write at once."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.attestations.services import attestation_record
from compliance.campaigns.models import Assignment
from compliance.reminders.bounces.services import Reading, report_ingest
from compliance.reminders.corrections import address_correct
from compliance.reminders.models import Message, Outcome, State
from compliance.reminders.plan import reminders_plan
from compliance.reminders.pump import pump
from tests.compliance.reminders.bounces.conftest import Sent
from tests.compliance.reminders.bounces.reports import report
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink
from tests.factories import NOON

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def test_what_left_comes_back_stops_the_reminders_and_goes_on_when_corrected(
    ask: Callable[..., Assignment], bob: Employee, alice: User, clock: Clock, server: Sink
) -> None:
    ask(employee=bob)
    reminders_plan(now=clock.now)
    pump(clock=clock)
    back = server.envelopes[0].mail_from
    assert back
    assert back.startswith("privacy+")
    assert report_ingest(report(to=back), now=clock.move(minutes=1)) == Reading.BOUNCED
    assert reminders_plan(now=clock.move(days=4)) == 0
    message = Message.objects.get()
    address_correct(message=message, email="robert@example.com", user=alice, now=clock.now)
    reminders_plan(now=clock.now)
    pump(clock=clock)
    assert server.recipients == ["bob@example.com", "robert@example.com"]
    assert report_ingest(report(to=back), now=clock.now) == Reading.KNOWN


@pytest.mark.django_db(transaction=True)
def test_one_report_read_by_two_at_once_is_on_record_once(
    sent: Sent, way_back: Callable[[Message], str]
) -> None:
    raw = report(to=way_back(sent()))
    found = at_once(*[lambda: report_ingest(raw, now=NOON)] * 4)
    assert Counter(found) == {Reading.BOUNCED: 1, Reading.KNOWN: 3}
    assert Outcome.objects.filter(state=State.BOUNCED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_answer_and_a_bounce_at_once_do_not_wait_for_each_other_for_ever(
    sent: Sent, owe: Callable[..., Message], way_back: Callable[[Message], str]
) -> None:
    """Both are kept, and what waited is cancelled by whichever came first."""
    message = sent()
    owe(message.assignment, step=3)
    raw = report(to=way_back(message))

    def answer() -> object:
        return attestation_record(
            assignment_id=message.assignment_id, link_version=1, answer="was_off", now=NOON
        )

    at_once(answer, lambda: report_ingest(raw, now=NOON), answer)
    assignment = Assignment.objects.get()
    assert (assignment.answer, assignment.undeliverable) == ("was_off", True)
    states = dict(Message.objects.values_list("step", "state"))
    assert states == {0: State.BOUNCED, 3: State.CANCELLED}


def at_once(*works: Callable[[], object]) -> list[object]:
    """Do all `works` in threads of their own; their results. Raises what one of them raises."""
    gate = threading.Barrier(len(works))

    def work(do: Callable[[], object]) -> object:
        try:
            gate.wait(10)
            return do()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(30) for future in [pool.submit(work, do) for do in works]]
