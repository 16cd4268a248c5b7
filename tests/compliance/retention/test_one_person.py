"""Erasing one person: nothing of them is left anywhere, and everything that was signed still holds."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from accounts.directory.models import Employee
from accounts.imports.models import ImportRun, RunState, StagedRow
from accounts.signin.models import User
from compliance.campaigns.models import Assignment, Campaign, ErasedPersonError
from compliance.campaigns.population import population_digest
from compliance.campaigns.progress import totals
from compliance.reminders.bounces.services import Reading, report_ingest
from compliance.reminders.mails import return_path
from compliance.reminders.models import Message, Seal, State
from compliance.reminders.plan import reminders_plan
from compliance.reminders.seal import seal_root
from compliance.retention.models import Erasure, Reason
from compliance.retention.services import employee_erase
from ledger.commands import Refusal
from ledger.models import Event, VaultEntry
from ledger.verification import verify
from tests.compliance.attestations.conftest import link, together
from tests.compliance.reminders.bounces.reports import report
from tests.compliance.retention.company import DAY, imported, launched, line, traces
from tests.compliance.retention.conftest import asked, person
from tests.factories import NOON, MessageFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]
LATER = NOON + 5 * DAY


def erase(number: int, user: User | None = None) -> Erasure:
    return employee_erase(employee=person(number), user=user, reason=Reason.REQUEST, now=LATER)


def marks(number: int) -> tuple[str, ...]:
    """How to find this one person and no other (no number here begins another)."""
    return (
        f"xaveria{number}@",
        f"xaveria{number} ",
        f"quillfeather{number} ",
        f"quillfeather{number},",
        f"zq-{number:05d}",
    )


def test_nothing_of_an_erased_person_is_left_in_any_table(campaign: Campaign) -> None:
    """Removed, one at a time: mails_forget, traces_forget, the texts in frozen_blank, the deletion
    of the directory entry. Each time this test names the table."""
    assert {trace.table for trace in traces(*marks(5))} >= {
        "accounts_employee",
        "compliance_assignment",
        "compliance_message",
        "compliance_outcome",
    }
    erase(5)
    assert list(traces(*marks(5))) == []


def test_what_launch_and_seals_committed_to_still_holds(campaign: Campaign) -> None:
    """Removed: the kept leaf (population and outcomes). Each root then differs."""
    launch = json.loads(Event.objects.get(seq=int(campaign.launched_seq or 0)).body)["data"]
    erase(2)
    erase(5)
    assert population_digest(campaign) == (12, bytes.fromhex(launch["population"]))
    for seal in Seal.objects.exclude(seq=None):
        event = json.loads(Event.objects.get(seq=int(seal.seq or 0)).body)
        assert seal_root(seal)[1] == event["data"]["root"]
    assert verify().ok


def test_the_leaf_cannot_be_guessed_back(campaign: Campaign) -> None:
    """Removed: salt = NULL in frozen_blank. Whoever guesses a row could then confirm it."""
    erase(5)
    gone = Assignment.objects.erased().get()
    assert (gone.salt, gone.employee, gone.manager) == (None, None, None)
    assert len(bytes(gone.leaf or b"")) == 32
    with pytest.raises(ErasedPersonError):
        _ = gone.person


def test_an_event_with_counts_remains_and_names_nobody(campaign: Campaign, alice: User) -> None:
    before = person(5)
    erasure = erase(5, alice)
    event = Event.objects.get(seq=erasure.seq)
    body = json.loads(event.body)
    assert (body["kind"], body["actor"]) == ("people.erased", alice.ref)
    assert body["subject"] == f"employee:{before.pk}"
    data = body["data"]
    assert (data["reason"], data["people"], data["first"], data["last"]) == ("request", 1, 1, 1)
    assert data["campaigns"] == {campaign.ref: 1}
    assert (data["messages"], data["leaves"]) == (1, 1)
    assert "averia" not in event.body


def test_an_open_assignment_is_withdrawn_first_and_nothing_more_is_sent(campaign: Campaign) -> None:
    """Removed: _leave in employee_erase. The message then waits for ever."""
    waiting = asked(6)
    MessageFactory.create(assignment=waiting, step=3)
    owed = Message.objects.filter(assignment=waiting, state=State.PENDING)
    assert owed.exists()
    erasure = erase(6)
    assert not owed.exists()
    withdrawal = waiting.withdrawals.get()
    assert (withdrawal.reason, withdrawal.seq) == ("erased", erasure.seq)
    reminders_plan(now=NOON + 20 * DAY)
    assert not owed.exists()


def test_people_are_counted_once_and_as_erased(campaign: Campaign) -> None:
    """Removed: erased_number=None in `asked`. An erased answer then counts twice."""
    erase(1)
    erase(6)
    found = totals(campaign)
    assert (found.in_scope, found.erased, found.answered) == (12, 2, 3)
    assert found.in_scope == sum(
        (found.answered, found.open, found.excluded, found.left, found.erased)
    )


def test_a_manager_s_name_goes_from_the_rows_of_their_people(campaign: Campaign) -> None:
    """Removed: managers_blank. The name then stands in eleven rows."""
    erasure = erase(0)
    names = set(Assignment.objects.exclude(employee=None).values_list("manager_name", flat=True))
    assert names == {f"erased person {erasure.first}"}
    assert erasure.detail["named_as_manager"] == 11
    assert list(traces(*marks(0))) == []


def test_one_person_has_one_number_in_every_campaign(campaign: Campaign) -> None:
    second = launched(campaign.guide_version, late_joiners=True)
    assert erase(3).first == 1
    assert erase(5).first == 2
    numbers = Assignment.objects.erased().values_list("campaign", "erased_number", "last_name")
    assert set(numbers) == {
        (each.pk, number, f"erased person {number}")
        for each in (campaign, second)
        for number in (1, 2)
    }


def test_their_link_leads_nowhere(campaign: Campaign, as_mallory: Any) -> None:
    """Removed: erased_number=None in `asked`. Whoever answered could still open their page."""
    page = link(asked(1))
    with time_machine.travel(LATER, tick=False):
        assert as_mallory.get(page).status_code == 200
        erase(1)
        assert as_mallory.get(page).status_code == 404


def test_imports_forget_them_too(campaign: Campaign, data_dir: Path) -> None:
    """Removed: imports_of_people_forget. File, staged rows and quoted values then stay."""
    broken = imported(line(5).replace("@ravenmoor", " ravenmoor"), line(20), name="Xaveria5.csv")
    assert StagedRow.objects.filter(run=broken).exists()
    waiting = imported(line(5), line(21), applied=False)
    assert waiting.state == RunState.PREVIEWED
    erasure = erase(5)
    assert not StagedRow.objects.exists()
    assert list(traces(*marks(5), "xaveria5.csv")) == []
    waiting.refresh_from_db()
    assert (waiting.state, erasure.detail["imports"]) == (RunState.DISCARDED, 1)


def test_a_name_in_the_name_of_a_file_goes_however_its_letters_are_written(
    campaign: Campaign, data_dir: Path
) -> None:
    """Removed: normalize or casefold in `_words`. “ä” as two characters then splits the word."""
    Employee.objects.filter(pk=person(5).pk).update(last_name="Jäßger")
    taken_apart = unicodedata.normalize("NFD", "Leave of JÄSSGER.csv")
    run = imported(line(20), name=taken_apart)
    erase(5)
    run.refresh_from_db()
    assert run.file_name == "(name erased)"


@pytest.mark.parametrize(
    ("first", "last", "file", "goes"),
    [
        ("Bo", "Li", "Li, new.csv", True),
        ("Bo", "Li", "boli.csv", True),
        ("明", "李", "李明.csv", True),
        ("Bo", "van de Li", "people_de.csv", False),
        ("Bo", "Li", "Liste.csv", False),
    ],
)
def test_a_short_name_in_the_name_of_a_file_goes_and_a_particle_does_not_count(
    campaign: Campaign, data_dir: Path, first: str, last: str, file: str, *, goes: bool
) -> None:
    """Removed: `_short_names`, or `_together`."""
    Employee.objects.filter(pk=person(5).pk).update(first_name=first, last_name=last)
    run = imported(line(20), name=file)
    erase(5)
    run.refresh_from_db()
    assert (run.file_name == "(name erased)") == goes


@pytest.mark.django_db(transaction=True)
def test_the_stored_file_of_an_import_that_waits_is_deleted(
    campaign: Campaign, data_dir: Path
) -> None:
    imported(line(5), applied=False)
    assert any(path.is_file() for path in data_dir.rglob("*"))
    erase(5)
    assert not any(
        b"averia5" in path.read_bytes() for path in data_dir.rglob("*") if path.is_file()
    )


def test_an_import_that_is_being_read_comes_first(campaign: Campaign) -> None:
    run = imported(line(5), applied=False)
    ImportRun.objects.filter(pk=run.pk).update(state=RunState.READING, reading_since=NOON)
    with pytest.raises(Refusal, match="being read"):
        erase(5)
    assert Employee.objects.filter(external_id="ZQ-00005").exists()


def test_a_mail_on_the_wire_comes_first(campaign: Campaign) -> None:
    """Removed: being_handed_over. The server's answer would then bring the address back."""
    Message.objects.filter(assignment=asked(5)).update(state=State.STARTED)
    with pytest.raises(Refusal, match="handed to the mail server"):
        erase(5)
    assert not Erasure.objects.exists()


def test_whoever_is_imported_again_is_somebody_new(campaign: Campaign) -> None:
    before = person(5).pk
    erase(5)
    imported(line(5))
    assert person(5).pk != before
    assert not Assignment.objects.filter(employee=person(5)).exists()


def test_somebody_who_was_erased_cannot_be_erased_again(campaign: Campaign) -> None:
    gone = person(5)
    erase(5)
    with pytest.raises(Refusal, match="not in the directory"):
        employee_erase(employee=gone, user=None, reason=Reason.REQUEST, now=LATER)


def test_what_the_vault_holds_of_them_is_deleted(campaign: Campaign) -> None:
    refs = (f"employee:{person(5).pk}", asked(5).ref)
    for ref in refs:
        VaultEntry.objects.create(subject_ref=ref, field="hold", value="x", salt=b"s" * 32)
    assert erase(5).detail["vault"] == 4  # and the days of a leave
    assert not VaultEntry.objects.filter(subject_ref__in=refs).exists()


def test_a_report_that_comes_back_later_brings_nothing_back(
    campaign: Campaign, settings: Settings
) -> None:
    """Removed: _erased in report_ingest. What the server says is then on record again."""
    settings.EMAIL_BOUNCES = True
    mail = Message.objects.get(assignment=asked(5))
    Message.objects.filter(pk=mail.pk).update(state=State.ACCEPTED)
    erase(5)
    to = return_path(mail.pk, "privacy@example.com")
    assert report_ingest(report(to=to), now=LATER) == Reading.KNOWN
    mail.refresh_from_db()
    assert (mail.state, mail.outcomes.filter(at=LATER).exists()) == (State.ACCEPTED, False)


@pytest.mark.django_db(transaction=True)
def test_two_erasures_at_one_moment_give_two_numbers(campaign: Campaign) -> None:
    """They queue; `first` and `last` are unique besides, so that a number is never given twice."""
    assert together(lambda: erase(5), lambda: erase(6)) == []
    numbers = Assignment.objects.erased().values_list("erased_number", flat=True)
    assert sorted(filter(None, numbers)) == [1, 2]
    assert verify().ok
