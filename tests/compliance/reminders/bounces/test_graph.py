"""The bounce mailbox in Microsoft 365, read through Graph."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from pytest_django import Settings

from compliance.reminders.berth_models import Rest
from compliance.reminders.bounces import graph
from compliance.reminders.bounces.mailbox import mailbox_read
from compliance.reminders.bounces.parsing import MAX_BYTES, mail_parse
from compliance.reminders.bounces.reading import addresses
from compliance.reminders.mails import bounce_key
from compliance.reminders.models import Message, State
from compliance.reminders.pump import pump
from ledger.commands import Refusal
from tests.compliance.reminders.bounces.conftest import Sent
from tests.compliance.reminders.bounces.reports import mail_of_a_person, report
from tests.compliance.reminders.conftest import Clock
from tests.standins.entra.contract import Answer
from tests.standins.graph.mail import PostOffice

pytestmark = [pytest.mark.both, pytest.mark.django_db]
BOX = "privacy@example.com"
Path_ = Callable[[Message], str]


@pytest.fixture(autouse=True)
def _bounces(office: PostOffice, settings: Settings) -> None:
    settings.BOUNCE_IMAP_URL = f"graph://{BOX}"


def test_each_report_is_read_once_and_peoples_mails_stay_unread(
    office: PostOffice, sent: Sent, way_back: Path_, clock: Clock
) -> None:
    bounced = sent()
    office.put(BOX, report(to=way_back(bounced)), mail_of_a_person(BOX), b"x" * (MAX_BYTES + 10))
    office.mailboxes[BOX][1].categories = ["Blue"]
    first, again = mailbox_read(clock=clock), mailbox_read(clock=clock)
    bounced.refresh_from_db()
    assert (bounced.state, first.kinds["bounced"], first.malformed) == (State.BOUNCED, 1, 1)
    assert "larger than" in first.faults[0]
    assert again.read == 0
    kept = [(mail.is_read, mail.categories) for mail in office.mailboxes[BOX]]
    assert kept == [(True, []), (False, ["Blue", "OptrailRead"]), (False, ["OptrailRead"])]


def test_a_full_mailbox_is_read_page_by_page(
    office: PostOffice, sent: Sent, way_back: Path_, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for the next page after marking this one, one of the reports stays behind."""
    monkeypatch.setattr(graph, "PAGE", 2)
    bounced = [sent() for _ in range(5)]
    office.put(BOX, *(report(to=way_back(message)) for message in bounced))
    assert mailbox_read(clock=clock).kinds["bounced"] == 5


def test_a_mail_sent_by_graph_brings_our_secret_back(
    office: PostOffice, owe: Callable[..., Message], clock: Clock
) -> None:
    """Exchange writes a return path of its own; fails without the header that we add."""
    message = owe()
    pump(clock=clock)
    own = f"X-Optrail-Return-Path: {office.sent[0][1]['X-Optrail-Return-Path']}"
    came_back = report(to=BOX).replace(b"Return-Path: <someone@example.com>", own.encode())
    assert own.encode() in came_back
    assert message.pk in {bounce_key(each) for each in addresses(mail_parse(came_back))}


def test_a_mailbox_that_we_may_not_read_is_named(office: PostOffice, clock: Clock) -> None:
    office.rights = {"Mail.Send"}
    with pytest.raises(Refusal, match=r"privacy@example\.com: .*ErrorAccessDenied.*ReadWrite"):
        mailbox_read(clock=clock)


@pytest.fixture
def _same_time(clock: Clock) -> Iterator[None]:
    """Reading goes by the machine's clock, sending by ours."""
    with time_machine.travel(clock.now, tick=False):
        yield


@pytest.mark.usefixtures("_same_time")
@pytest.mark.parametrize(
    ("answer", "seconds"),
    [(Answer(429, {}, {"Retry-After": "120"}), 120), (Answer(429), 60), (Answer(503), 60)],
    ids=["so long", "not how long", "busy"],
)
def test_a_mailbox_that_wants_rest_is_left_alone(
    office: PostOffice, clock: Clock, answer: Answer, seconds: int
) -> None:
    """Noted no rest: fails, the stand-in counts whoever comes back too early."""
    office.reads.append(answer)
    with pytest.raises(Refusal, match=r"privacy@example\.com"):
        mailbox_read(clock=clock)
    rest = Rest.objects.get(mailbox=BOX)
    assert rest.until == clock.now + timedelta(seconds=seconds)
    asked = len(office.asked)
    with pytest.raises(Refusal, match="asked again after"):
        mailbox_read(clock=clock)
    assert len(office.asked) == asked


@pytest.mark.usefixtures("_same_time")
def test_a_mailbox_whose_mails_were_put_off_is_not_read_either(
    office: PostOffice, owe: Callable[..., Message], clock: Clock
) -> None:
    """Read without a look at the rests: fails."""
    office.script.append(Answer(429, {}, {"Retry-After": "120"}))
    owe()
    pump(clock=clock)
    with pytest.raises(Refusal, match="asked again after"):
        mailbox_read(clock=clock)


def test_reading_ends_when_the_time_is_up(office: PostOffice, sent: Sent, way_back: Path_) -> None:
    office.put(BOX, *(report(to=way_back(sent())) for _ in range(3)))
    clock = iter(range(100))
    moments = sent().state_at
    assert moments is not None

    def now() -> object:
        return moments + timedelta(seconds=next(clock))

    assert mailbox_read(clock=now, budget=timedelta(seconds=2)).read < 3  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["graph://", "graph://privacy", "graph://a:b@example.com:99/x"])
def test_a_faulty_address_is_refused(
    office: PostOffice, settings: Settings, clock: Clock, url: str
) -> None:
    settings.BOUNCE_IMAP_URL = url
    with pytest.raises(Refusal, match="no address of a mailbox"):
        mailbox_read(clock=clock)
