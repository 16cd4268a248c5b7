"""The mail server of the harness: its record comes first, and its mischief is what was ordered."""

import smtplib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.server import Mischief
from tests.faults.sink import Sink

KEY = "0" * 32
MAIL = f"Message-ID: <{KEY}@example.com>\r\nSubject: x\r\n\r\nHello.\r\n"


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with Sink(tmp_path, seed=1) as sink:
        yield sink


def send(sink: Sink, to: str = "bob@example.com") -> tuple[int, bytes]:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=5) as server:
        server.ehlo()
        server.mail("privacy@example.com")
        code, text = server.rcpt(to)
        return (code, text) if code != 250 else server.data(MAIL.encode())


def test_what_it_answers_with_250_stands_in_its_record(sink: Sink) -> None:
    assert send(sink)[0] == 250
    [row] = sink.events("taken")
    assert (row["key"], row["to"]) == (KEY, "bob@example.com")
    assert sink.taken() == 1


def test_poison_is_refused_for_ever_and_grey_at_first(sink: Sink) -> None:
    sink.behave(poison=1.0)
    assert send(sink)[0] == send(sink)[0] == 550
    sink.behave(grey=1.0)
    assert [send(sink, "carla@example.com")[0] for _ in range(2)] == [451, 250]


@pytest.mark.parametrize(("kind", "taken"), [("cut_taken", 1), ("cut_lost", 0)])
def test_a_cut_line_ends_without_an_answer(sink: Sink, kind: str, taken: int) -> None:
    sink.behave(**{kind: 1.0})
    with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        send(sink)
    assert sink.taken() == taken
    assert [row["key"] for row in sink.events("cut")] == [KEY]


@pytest.mark.parametrize("kind", ["bye_before", "bye_data"])
def test_a_goodbye_takes_nothing(sink: Sink, kind: str) -> None:
    sink.behave(**{kind: 1.0})
    with suppress(smtplib.SMTPException):  # smtplib hangs up on it
        assert send(sink)[0] == 421
    assert sink.taken() == 0


def test_the_seed_decides_whom_it_hits() -> None:
    people = [f"p{number}@example.com" for number in range(1000)]
    hit = {person for person in people if Mischief(seed=1, poison=0.1).picks("poison", person, 1)}
    again = {person for person in people if Mischief(seed=1, poison=0.1).picks("poison", person, 2)}
    other = {person for person in people if Mischief(seed=2, poison=0.1).picks("poison", person, 1)}
    assert hit == again != other
    assert 70 < len(hit) < 130
