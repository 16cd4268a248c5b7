"""Officers hear once when people do not arrive, and once when they do again."""

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone

from accounts.directory.models import Employee
from accounts.entra.errors import EntraError
from accounts.imports.microsoft import directory_sync
from accounts.imports.models import ImportRun, RunState
from accounts.imports.services import import_apply
from accounts.imports.troubles import LASTING, TroubleKind, trouble_note, trouble_over
from accounts.signin.models import Role, User
from compliance.notices.directory import directory_plan
from compliance.notices.post import notices_send
from compliance.reminders.models import State
from tests.accounts.entra.conftest import _opened, realm
from tests.accounts.entra.directory.conftest import graph
from tests.compliance.reminders.conftest import Clock
from tests.compliance.reminders.servers import Sink
from tests.standins.entra import Realm
from tests.standins.entra.contract import Answer
from tests.standins.graph import Graph

__all__ = ["_opened", "graph", "realm"]
pytestmark = [pytest.mark.both, pytest.mark.django_db]


def run(clock: Clock) -> dict[str, int]:
    """What a worker does each minute."""
    directory_plan(now=clock())
    return dict(notices_send(clock=clock, budget=timedelta(minutes=1)))


def read(clock: Clock, *, confirm: bool = False) -> str:
    try:
        return directory_sync(actor="system", user=None, confirm=confirm, now=clock()).state
    except EntraError:
        return "not read"


def subjects(server: Sink) -> Iterator[tuple[str, str]]:
    return zip(server.recipients, (str(mail["Subject"]) for mail in server.mails), strict=True)


def said(mail: EmailMessage, how: str = "plain") -> str:
    part = mail.get_body((how,))
    assert part
    return " ".join(str(part.get_content()).split())


def test_a_held_reading_is_told_once_however_often_it_is_read_again(
    graph: Graph, alice: User, ada: User, server: Sink, clock: Clock
) -> None:
    """Tried with a new trouble for each reading: a mail every day."""
    people = [graph.users.add(f"p{n}@example.com", "P", str(n)) for n in range(40)]
    assert read(clock) == "held"
    assert run(clock) == {}  # the first time somebody asked for it, and looks
    read(clock, confirm=True)
    for oid in people[:30]:
        graph.users.remove(oid)
    for _day in range(3):
        clock.move(days=1)
        assert read(clock) == "held"
        run(clock)
        run(clock)
    assert [*subjects(server)] == [("alice@example.com", "A reading of people waits for your yes")]
    words = said(server.mails[0])
    held = ImportRun.objects.get(state=RunState.PREVIEWED)
    assert "30 of 40 people would leave" in words
    assert "https://optrail.example.com/imports/microsoft/" in words
    import_apply(run=held, actor=alice.ref, complete=True, confirm_leavers=True, now=clock())
    assert Employee.objects.active().count() == 10
    run(clock)
    run(clock)
    assert [*subjects(server)][1:] == [("alice@example.com", "No reading of people waits any more")]
    assert "It was applied." in said(server.mails[1])


@pytest.mark.usefixtures("graph", "alice", "ada", "aino")
def test_a_missing_consent_is_told_at_once_to_whoever_can_give_it_too(
    realm: Realm, server: Sink, clock: Clock
) -> None:
    realm.permissions.clear()
    for _hour in range(3):
        assert read(clock) == "not read"
        run(clock)
        clock.move(hours=1)
    assert sorted(server.recipients) == ["ada@example.com", "alice@example.com"]
    assert "User.Read.All is missing" in said(server.mails[0])
    realm.permissions.add("User.Read.All")
    read(clock)
    run(clock)
    run(clock)
    assert len(server.mails) == 4
    assert server.mails[-1]["Subject"] == "People are read from Microsoft again"


def test_what_passes_within_the_hour_is_told_to_nobody(
    graph: Graph, alice: User, server: Sink, clock: Clock
) -> None:
    """Removed: `lasting`; every 503 of a night is a mail."""
    graph.script.append(Answer(503))
    read(clock)
    clock.move(minutes=30)
    run(clock)
    read(clock)
    clock.move(hours=2)
    assert run(clock) == {}
    graph.script.append(Answer(503))
    read(clock)
    clock.move(hours=1)
    assert run(clock) == {State.ACCEPTED: 1}


def test_an_end_before_the_mail_left_is_told_to_nobody(
    alice: User, server: Sink, clock: Clock
) -> None:
    trouble_note(kind=TroubleKind.FOLDER, words="Away.", now=clock(), lasting=LASTING)
    clock.move(hours=1)
    directory_plan(now=clock())
    trouble_over(kind=TroubleKind.FOLDER, now=clock())
    assert run(clock) == {State.CANCELLED: 1}
    assert run(clock) == {}
    assert server.mails == []


@pytest.mark.parametrize("kind", TroubleKind.values)
def test_each_kind_has_its_words(kind: str, alice: User, server: Sink, clock: Clock) -> None:
    waits = ImportRun.objects.create(
        file_name="people.csv", file_size=1, state=RunState.PREVIEWED, created_at=clock()
    )
    trouble_note(kind=TroubleKind(kind), words="“Why” & <how>.", now=clock(), run=waits)
    run(clock)
    trouble_over(kind=TroubleKind(kind), now=clock())
    run(clock)
    began, over = server.mails
    assert began["Subject"] != over["Subject"]
    for mail in (began, over):
        assert "{" not in said(mail)
    assert "“Why” & <how>." in said(began)
    assert "&amp; &lt;how&gt;." in said(began, "html")


def test_who_is_no_officer_any_more_gets_no_mail(alice: User, server: Sink, clock: Clock) -> None:
    trouble_note(kind=TroubleKind.FILE_REFUSED, words="Why.", now=timezone.now())
    directory_plan(now=clock())
    User.objects.update(role=Role.AUDITOR)
    assert set(run(clock)) <= {State.CANCELLED}
    assert server.mails == []
