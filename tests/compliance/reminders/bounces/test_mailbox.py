"""The bounce mailbox, against a real server on loopback."""

import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
import trustme
from django.core.management import call_command
from pytest_django import Settings

from compliance.reminders.bounces.mailbox import mailbox_read
from compliance.reminders.bounces.parsing import MAX_BYTES
from compliance.reminders.bounces.services import Reading
from compliance.reminders.bounces.tasks import collect
from compliance.reminders.models import Message, State
from ledger.commands import Refusal
from tests.compliance.reminders.bounces.conftest import Sent
from tests.compliance.reminders.bounces.reports import mail_of_a_person, qmail, report
from tests.compliance.reminders.conftest import Clock
from tests.standins.imap import Mailbox, mailbox

pytestmark = [pytest.mark.both, pytest.mark.django_db]
Path_ = Callable[[Message], str]
SIGN_IN = "bounces%40example.com:correct%20horse"


@pytest.fixture
def box(settings: Settings) -> Iterator[Mailbox]:
    with mailbox() as opened:
        settings.BOUNCE_IMAP_URL = f"imap://{SIGN_IN}@127.0.0.1:{opened.port}"
        yield opened


def test_each_report_is_read_once_and_peoples_mails_stay_unread(
    box: Mailbox, sent: Sent, way_back: Path_, clock: Clock
) -> None:
    bounced, delayed = sent(), sent()
    box.put(
        report(to=way_back(bounced)),
        mail_of_a_person("privacy@example.com"),
        report(to=way_back(delayed), action="delayed", status="4.4.1"),
        b"\x00 rubbish",
    )
    first = mailbox_read(clock=clock)
    assert first.numbers() == {
        "read": 4, "bounced": 1, "delayed": 1, "known": 0, "under_way": 0, "not_a_bounce": 0, "not_ours": 1,
        "malformed": 1,
        "faults": ["mail with UID 104: it is no mail: it does not begin with headers"],
    }  # fmt: skip
    assert box.flags() == [{r"\Seen"}, {"OptrailRead"}, {r"\Seen"}, {"OptrailRead"}]
    assert mailbox_read(clock=clock).read == 0
    bounced.refresh_from_db()
    assert bounced.state == State.BOUNCED


@pytest.mark.parametrize("state", [State.LEASED, State.STARTED])
def test_a_report_that_comes_before_the_servers_answer_is_read_again_after_it(
    box: Mailbox, sent: Sent, way_back: Path_, clock: Clock, state: State
) -> None:
    """Removed: `UNDER_WAY` in `report_ingest`, or in `_take`. The bounce is then never read."""
    message = sent(state=state)
    box.put(report(to=way_back(message)))
    for _ in range(2):
        assert mailbox_read(clock=clock).kinds == {Reading.UNDER_WAY: 1}
        assert box.flags() == [set()]
    Message.objects.update(state=State.ACCEPTED, next_at=None)
    assert mailbox_read(clock=clock).kinds == {Reading.BOUNCED: 1}
    assert box.flags() == [{r"\Seen"}]


def test_where_no_marks_are_kept_peoples_mails_stay_unread_all_the_same(
    box: Mailbox, sent: Sent, way_back: Path_, clock: Clock
) -> None:
    box.keeps_keywords = False
    box.put(mail_of_a_person("privacy@example.com"), report(to=way_back(sent())))
    assert [mailbox_read(clock=clock).read for _ in range(2)] == [2, 1]
    assert box.flags() == [set(), {r"\Seen"}]


def test_a_run_that_dies_before_the_mark_reads_again_and_changes_nothing(
    box: Mailbox, sent: Sent, way_back: Path_, clock: Clock
) -> None:
    """Removed: the order of ingesting and marking in `_take`. This test then fails."""
    box.put(report(to=way_back(sent())))
    box.drops = "UID STORE"
    with pytest.raises(Refusal, match="broke off"):
        mailbox_read(clock=clock)
    assert Message.objects.get().state == State.BOUNCED
    again = mailbox_read(clock=clock)
    assert (again.kinds[Reading.KNOWN], again.read) == (1, 1)
    assert Message.objects.get().outcomes.count() == 1


def test_only_the_beginning_of_a_large_mail_is_fetched(box: Mailbox, clock: Clock) -> None:
    box.put(b"Subject: large\n\n" + b"x" * (MAX_BYTES * 2))
    assert mailbox_read(clock=clock).faults == ["mail with UID 101: it is larger than 2 MB"]


def test_a_long_mailbox_is_read_window_by_window_and_ends_with_its_time(
    box: Mailbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.reminders.bounces.imap.WINDOW", 2)
    box.put(*[mail_of_a_person("privacy@example.com")] * 5)
    assert mailbox_read(clock=lambda: clock.move(seconds=1), budget=timedelta(seconds=2)).read == 1
    assert mailbox_read(clock=clock).read == 4
    searched = [command.split()[2] for command in box.heard if command.startswith("UID SEARCH")]
    assert searched == ["4:5", "4:5", "2:3", "1:1"]


def test_over_tls_the_certificate_is_checked(
    sent: Sent, way_back: Path_, clock: Clock, settings: Settings, tmp_path: Path
) -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with mailbox(tls) as box:
        box.put(report(to=way_back(sent())))
        settings.BOUNCE_IMAP_URL = f"imaps://{SIGN_IN}@127.0.0.1:{box.port}/INBOX"
        with pytest.raises(Refusal, match=r"cannot be reached: .*CERTIFICATE_VERIFY_FAILED"):
            mailbox_read(clock=clock)
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        settings.EMAIL_CA_FILE = str(tmp_path / "ca.pem")
        assert mailbox_read(clock=clock).kinds[Reading.BOUNCED] == 1


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "not set"),
        ("imaps://host:port/", "cannot be read"),
        ("https://me:secret@example.com", "names no mailbox"),
        ("imaps://me@example.com", "names no mailbox"),
        ("imap://me:secret@imap.example.com", "open line"),
        ("imaps://me:s%C3%A9cret@imap.example.com", "plain ASCII"),
        ("imaps://me:s%0D%0Aecret@imap.example.com", "plain ASCII"),
        ("imap://me:secret@127.0.0.1:1", "cannot be reached"),
    ],
)
def test_what_is_wrong_with_the_address_is_said_without_the_password(
    url: str, says: str, settings: Settings, clock: Clock
) -> None:
    settings.BOUNCE_IMAP_URL = url
    with pytest.raises(Refusal, match=says) as refusal:
        mailbox_read(clock=clock)
    assert "ecret@" not in str(refusal.value)


def test_a_wrong_password_and_a_missing_folder_are_named(
    box: Mailbox, settings: Settings, clock: Clock
) -> None:
    settings.BOUNCE_IMAP_URL = f"imap://bounces:sesame@127.0.0.1:{box.port}"
    with pytest.raises(Refusal, match=r"refused the sign-in: .*Wrong password") as refusal:
        mailbox_read(clock=clock)
    assert "sesame" not in str(refusal.value)
    settings.BOUNCE_IMAP_URL = f"imap://{SIGN_IN}@127.0.0.1:{box.port}/Elsewhere"
    with pytest.raises(Refusal, match="has no folder 'Elsewhere'"):
        mailbox_read(clock=clock)


def test_without_return_paths_of_their_own_nothing_is_read(
    box: Mailbox, settings: Settings, clock: Clock
) -> None:
    settings.EMAIL_BOUNCES = False
    with pytest.raises(Refusal, match="EMAIL_BOUNCES"):
        mailbox_read(clock=clock)
    assert box.heard == []


def test_the_task_reads_and_logs_counts_alone(box: Mailbox, sent: Sent, way_back: Path_) -> None:
    box.put(qmail(way_back(sent())))
    with structlog.testing.capture_logs() as logs:
        collect()
    assert logs == [{"event": "bounces_read", "log_level": "info", "bounced": 1, "malformed": 0}]


def test_the_task_says_why_it_could_not_read(settings: Settings) -> None:
    settings.BOUNCE_IMAP_URL = "imap://me:secret@127.0.0.1:1"
    with structlog.testing.capture_logs() as logs:
        collect()
    (line,) = logs
    assert line["event"] == "bounces_not_read"
    assert "secret" not in str(line)


def test_the_command_reads_the_mailbox(
    box: Mailbox, sent: Sent, way_back: Path_, capsys: pytest.CaptureFixture[str]
) -> None:
    box.put(report(to=way_back(sent())))
    call_command("ingest_bounces", "--mailbox")
    assert "Mails read: 1. Came back: 1," in capsys.readouterr().out
