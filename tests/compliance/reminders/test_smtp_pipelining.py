"""Commands sent ahead: fewer round trips, and each answer still belongs to its mail."""

from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from compliance.reminders.models import State
from compliance.reminders.transports import Envelope, LineLostError, TransportDownError
from compliance.reminders.transports.smtp import SmtpTransport
from compliance.reminders.transports.smtp_line import PIECE, SmtpLine
from tests.compliance.reminders.servers import scripted
from tests.compliance.reminders.wire import wired

pytestmark = pytest.mark.usefixtures("lines_closed")
SENDER = "privacy@example.com"
BOB, CARLA, DENIZ = (Envelope(SENDER, f"{name}@example.com") for name in ("bob", "carla", "deniz"))
DATA = b"Subject: hello\r\n\r\n.hello\r\n"
PIPELINING = "250-hello\r\n250 PIPELINING"


def connected(port: int, **options: Any) -> SmtpLine:
    return SmtpTransport(
        "127.0.0.1", port, **{"timeout": 2, "connect_timeout": 2, **options}
    ).connect()


@pytest.mark.parametrize(("ehlo", "turns"), [(PIPELINING, 9), ("250 hello", 14)])
def test_a_mail_costs_two_round_trips_where_the_server_takes_commands_ahead(
    ehlo: str, turns: int
) -> None:
    with scripted(ehlo=ehlo) as server:
        line = connected(server.port)
        for now, upcoming in [(BOB, CARLA), (CARLA, DENIZ), (DENIZ, None)]:
            assert line.address(now).accepted
            assert line.deliver(DATA, upcoming=upcoming).text == "queued"
        line.close()
    assert server.turns == turns
    assert server.mails == [b"Subject: hello\r\n\r\n..hello\r\n"] * 3
    assert server.heard == ["ehlo", *["mail", "rcpt", "data", "dot"] * 3, "quit"]


def test_somebody_else_than_announced_is_addressed_afresh() -> None:
    """Fails without RSET: Carla would get the mail of Deniz, too."""
    with scripted(ehlo=PIPELINING, rcpt=["250 OK", "550 unknown", "250 OK"]) as server:
        line = connected(server.port)
        line.address(BOB)
        line.deliver(DATA, upcoming=CARLA)
        assert line.address(DENIZ).accepted
        assert line.deliver(DATA).accepted
    assert server.heard[3:] == [
        "data",
        "dot",
        "mail",
        "rcpt",
        "rset",
        "mail",
        "rcpt",
        "data",
        "dot",
    ]


def test_an_announced_person_may_be_forgotten() -> None:
    with scripted(ehlo=PIPELINING) as server:
        line = connected(server.port)
        line.address(BOB)
        line.deliver(DATA, upcoming=CARLA)
        assert line.address(CARLA).accepted
        line.forget()
        assert line.address(CARLA).accepted
    assert server.heard[5:] == ["mail", "rcpt", "rset", "mail", "rcpt"]


def test_a_refused_person_leaves_no_trace_in_the_next_mail() -> None:
    with scripted(ehlo=PIPELINING, rcpt=["250 OK", "450 later", "550 no", "250 OK"]) as server:
        line = connected(server.port)
        line.address(BOB)
        line.deliver(DATA, upcoming=CARLA)
        assert line.address(CARLA).state == State.DEFERRED
        assert line.address(DENIZ).state == State.REJECTED
        assert line.address(BOB).accepted
    assert server.heard.count("rset") == 2


@pytest.mark.parametrize("dot", ["250 queued", "451 later", "554 spam", "421 enough"])
def test_the_answer_to_a_mail_is_not_mistaken_for_one_to_the_next(dot: str) -> None:
    with scripted(ehlo=PIPELINING, dot=[dot, "250 queued"], rcpt=["250 OK", "550 no"]) as server:
        line = connected(server.port)
        line.address(BOB)
        assert line.deliver(DATA, upcoming=CARLA).code == int(dot[:3])
        if dot.startswith("421"):
            with pytest.raises(LineLostError) as lost:
                line.address(CARLA)
            assert not lost.value.handed_over
        else:
            assert line.address(CARLA).code == 550
        line.close()


@pytest.mark.parametrize(("command", "answer"), [("mail", "421 enough"), ("rcpt", "421 enough")])
def test_a_server_that_closes_on_the_upcoming_person_has_sent_them_nothing(
    command: str, answer: str
) -> None:
    with scripted(ehlo=PIPELINING, **{command: ["250 OK", answer]}) as server:
        line = connected(server.port)
        line.address(BOB)
        assert line.deliver(DATA, upcoming=CARLA).accepted
        with pytest.raises(LineLostError, match="421 enough") as lost:
            line.address(CARLA)
    assert not lost.value.handed_over


def test_a_sender_that_is_refused_later_is_named() -> None:
    with scripted(ehlo=PIPELINING, mail=["250 OK", "550 not yours"], rcpt="250 OK") as server:
        line = connected(server.port)
        line.address(BOB)
        line.deliver(DATA, upcoming=CARLA)
        with pytest.raises(TransportDownError, match=f"{SENDER}: 550 not yours.*EMAIL_FROM"):
            line.address(CARLA)


def test_whom_the_server_cannot_take_is_not_announced() -> None:
    mueller = Envelope(SENDER, "müller@example.com")
    with scripted(ehlo=PIPELINING) as server:
        line = connected(server.port)
        line.address(BOB)
        line.deliver(DATA, upcoming=mueller)
        assert "beyond ASCII" in line.address(mueller).text
        assert line.address(CARLA).accepted
    assert server.heard[3:] == ["data", "dot", "mail", "rcpt"]


def test_a_line_closed_with_answers_unread_says_goodbye() -> None:
    with scripted(ehlo=PIPELINING) as server:
        line = connected(server.port)
        line.address(BOB)
        line.deliver(DATA, upcoming=CARLA)
        line.close()
    assert server.heard[-1] == "quit"


def test_a_yes_to_data_is_no_yes_to_a_mail() -> None:
    """Fails when any 2xx counts: the mail would be accepted before it was handed over."""
    with scripted(ehlo=PIPELINING, data="250 what?") as server:
        line = connected(server.port)
        line.address(BOB)
        with pytest.raises(LineLostError) as lost:
            line.deliver(DATA)
    assert not lost.value.handed_over


@pytest.mark.parametrize(
    ("size", "piece", "handed_over"),
    [(10_000, PIECE, True), (32_000_000, PIECE, False), (32_000_000, 2**30, True)],
)
def test_a_mail_whose_end_never_left_was_not_handed_over(
    size: int, piece: int, handed_over: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server stops reading. A small mail still leaves for its buffers, a large one cannot;
    written in one piece, nobody knows how much of it has left."""
    monkeypatch.setattr("compliance.reminders.transports.smtp_line.PIECE", piece)
    with scripted() as server:
        server.deaf = True
        line = connected(server.port, timeout=0.3)
        line.address(BOB)
        with pytest.raises(LineLostError) as lost:
            line.deliver(DATA + b"." * size)
    assert lost.value.handed_over is handed_over


@dataclass
class Strict:
    """A server that insists on the order of commands, and answers by the dice."""

    dice: Random
    ehlo: str
    taken: list[str]
    dotted: list[str]
    sender: bool = False
    recipient: str = ""

    def __call__(self, command: str, line: str) -> str | None:
        answer: str = getattr(self, f"on_{command}")(line)
        return answer

    def on_greeting(self, line: str) -> str:
        return "220 ready"

    def on_ehlo(self, line: str) -> str:
        return self.ehlo

    def on_mail(self, line: str) -> str:
        if self.sender:
            return "503 nested MAIL"
        answer = self._thrown("250-fine\r\n250 OK", "550 no", "421 enough", "")
        self.sender = answer.startswith("250")
        return answer

    def on_rcpt(self, line: str) -> str:
        if not self.sender or self.recipient:
            return "503 one of each"
        answer = self._thrown("250 OK", "450 later", "550 unknown", "421 enough", "")
        self.recipient = line[9:-1] if answer.startswith("250") else ""
        return answer

    def on_data(self, line: str) -> str:
        return self._thrown("354 go", "451 later", "554 no", "421 enough", "250 what?", "")

    def on_dot(self, line: str) -> str:
        answer = self._thrown("250 queued", "451 later", "554 spam", "421 enough", "")
        self.dotted.append(self.recipient)
        if answer.startswith("250") or (not answer and self.dice.random() < 0.5):
            self.taken.append(self.recipient)
        self.on_rset(line)
        return answer

    def on_rset(self, line: str) -> str:
        self.sender, self.recipient = False, ""
        return "250 OK"

    def on_quit(self, line: str) -> str:
        return "221 bye"

    def _thrown(self, usual: str, *others: str) -> str:
        return usual if self.dice.random() < 0.8 else self.dice.choice(others)


def outcome_of(line: SmtpLine, person: Envelope, hint: Envelope | None, *, give_up: bool) -> str:
    try:
        reply = line.address(person)
        if reply.accepted and give_up:
            line.forget()
            return "withheld"
        if reply.accepted:
            mail = b"To: " + person.recipient.encode() + b"\r\n\r\n.\r\nhello\r\n"
            reply = line.deliver(mail, upcoming=hint)
    except LineLostError as lost:
        line.close()
        return "uncertain" if lost.handed_over else "lost"
    except TransportDownError:
        line.close()
        return "lost"
    return str(reply.state)


@hypothesis_settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), ehlo=st.sampled_from([PIPELINING, "250 hello"]))
@example(seed=7, ehlo=PIPELINING)
def test_whatever_the_server_answers_in_whatever_pieces_we_know_what_became_of_each_mail(
    seed: int, ehlo: str
) -> None:
    """The server's own record against what we say of each person; answers come in random pieces."""
    dice, taken, dotted = Random(seed), list[str](), list[str]()
    answers = Random(seed + 1)
    people = [Envelope(SENDER, f"person{n}@example.com") for n in range(12)]
    said: dict[str, str] = {}
    with wired(lambda: Strict(answers, ehlo, taken, dotted), dice=Random(seed + 2)) as server:
        line = connected(server.port)
        for person, following in zip(people, [*people[1:], None], strict=True):
            hint = dice.choice([following, following, following, None, dice.choice(people)])
            what = outcome_of(line, person, hint, give_up=dice.random() < 0.1)
            said[person.recipient] = what
            if what in {"lost", "uncertain"}:
                line = connected(server.port)
        line.close()
    for address, what in said.items():
        assert taken.count(address) == 1 or what != "accepted"
        assert address not in taken or what in {"accepted", "uncertain"}
        assert address in dotted or what != "uncertain"
    bodies = [mail.split(b"\r\n")[0].decode() for mail in server.mails]
    assert bodies == [f"To: {address}" for address in dotted]
    assert all(mail.endswith(b"\r\n\r\n..\r\nhello\r\n") for mail in server.mails)
