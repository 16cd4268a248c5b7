"""Nothing is released when two figures differ (promises 4, 5 and 6).

The damage is done by plain SQL with the guards taken away, as somebody with the database's
password could. Each test fails when the check that it names is removed from `reconcile`.
"""

from pathlib import Path

import pytest
from django.db import connection

from compliance.campaigns.models import Assignment, Campaign
from compliance.reminders.models import Message, Outcome
from ledger.checkpoints import checkpoint_publish
from ledger.commands import Refusal
from ledger.guards import guard_remove
from tests.factories import NOON
from tests.reports.conftest import Written, facts
from tests.reports.scenario import Scenario

pytestmark = pytest.mark.both


def sql(table: str, statement: str, *params: bytes) -> None:
    """Change an append-only table; the test's rollback brings the guards back."""
    guard_remove(connection, table)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def refused(story: Scenario, written: Written, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        written(story)


def test_figures_that_agree_are_shown(story: Scenario, written: Written) -> None:
    said = facts(written(story), "Integrity")
    assert (said["In scope"], said["Answers given"], said["Messages, all states"]) == (7, 4, 6)
    assert said["Sealed batches of outcomes"] == 1


def test_a_person_who_vanished_is_missed(story: Scenario, written: Written) -> None:
    Message.objects.filter(assignment=story.people["gus"]).update(
        assignment=story.people["hana"], step=7
    )
    Assignment.objects.filter(pk=story.people["gus"].pk).delete()
    refused(story, written, "In scope at launch: the ledger's launch says 7, the database says 6")


def test_a_frozen_name_that_was_changed_is_found(story: Scenario, written: Written) -> None:
    Assignment.objects.filter(pk=story.people["gus"].pk).update(department="Nowhere")
    refused(story, written, "Digest of the frozen population")


def test_an_exclusion_made_up_later_is_found(story: Scenario, written: Written) -> None:
    Assignment.objects.filter(pk=story.people["gus"].pk).update(exclusion="no_setting_in_country")
    refused(story, written, "Excluded: no_setting_in_country: the ledger says 1")


def test_a_person_who_was_blanked_without_an_erasure_is_found(
    story: Scenario, written: Written
) -> None:
    """Whoever blanks people past the program has no entry, or one that says too few."""
    seq = story.erase("gus")
    Assignment.objects.filter(pk=story.people["gus"].pk).update(erased_seq=1)
    refused(story, written, "Erased, in all until now: the ledger says 0, the database says 1")
    Assignment.objects.filter(pk=story.people["gus"].pk).update(erased_seq=seq)
    story.erase("hana", 2)
    Assignment.objects.filter(pk=story.people["hana"].pk).update(erased_seq=seq)
    refused(story, written, "Erased, in all until now: the ledger says 0, the database says 2")


def test_an_answer_that_was_changed_is_found(story: Scenario, written: Written) -> None:
    sql(
        "compliance_attestation",
        "UPDATE compliance_attestation SET answer = 'left_on' WHERE answer = 'was_off'",
    )
    refused(story, written, "Answer 1 of assignment .* is not what ledger event")


def test_an_answer_that_was_deleted_is_missed(story: Scenario, written: Written) -> None:
    sql("compliance_attestation", "DELETE FROM compliance_attestation WHERE answer = 'was_off'")
    refused(story, written, "Answers given: the sheet Attestations says 3, the ledger says 4")


def test_an_outcome_that_was_changed_is_found(story: Scenario, written: Written) -> None:
    Outcome.objects.filter(code=550).update(state="accepted", code=250)
    refused(story, written, "Sealed batches of outcomes: the ledger says 1, the database says 0")


def test_a_parameter_that_was_changed_is_found(story: Scenario, written: Written) -> None:
    Campaign.objects.update(retention_months=1)
    story.campaign.refresh_from_db()
    refused(story, written, "Launched with: retention months: the campaign's record says 1")


def test_a_rewritten_ledger_is_found_by_its_checkpoint(story: Scenario, written: Written) -> None:
    checkpoint_publish(now=NOON)
    sql("ledger_event", "UPDATE ledger_event SET hash = %s WHERE seq = 2", b"\1" * 32)
    refused(story, written, "is not the one that its checkpoint signed")


def test_a_refused_workbook_leaves_no_file(
    story: Scenario, tmp_path: Path, written: Written
) -> None:
    Campaign.objects.update(retention_months=1)
    story.campaign.refresh_from_db()
    refused(story, written, "retention")
    assert not list(tmp_path.glob("*.xlsx"))
