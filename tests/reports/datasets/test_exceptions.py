"""Exceptions: one row for everything that did not go as planned."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.campaigns.models import Assignment
from ledger.commands import Refusal
from reports.datasets.exceptions.kinds import Exceptional
from reports.datasets.options import Options
from tests.factories import NOON, AssignmentFactory
from tests.reports.conftest import Written, facts, table
from tests.reports.scenario import DAY, Scenario, drafted

pytestmark = pytest.mark.both


def found(story: Scenario, written: Written, kind: str, **options: Any) -> list[tuple[str, str]]:
    """Who, and the detail."""
    rows = table(written(story, options=Options(**options)), "Exceptions")
    return [(row["First name"], row["Detail"]) for row in rows if row["Exception"] == kind]


def test_every_kind_of_exception_is_told(trouble: Scenario, written: Written) -> None:
    """Fails when any one of the streams is left out of `_found`."""
    rows = table(written(trouble), "Exceptions")
    kinds = [row["Exception"] for row in rows]
    assert list(dict.fromkeys(kinds)) == Exceptional.values
    told = {(row["Exception"], row["First name"], row["Detail"]) for row in rows}
    assert told == {
        ("late", "Faye", "no_account, 1 day after 2026-12-14"),
        ("late", "Gus", "not_shown, 1 day after 2026-12-14"),
        ("corrected", "Carla", "left_on → turned_off"),
        ("need_help", "Deniz", "need_help"),
        ("undeliverable", "Faye", "Invitation: rejected 550"),
        ("undeliverable", "Faye", "Reminder, 7 working days after the invitation: bounced 550"),
        ("uncertain", "Gus", "Invitation: uncertain"),
        ("written_off", "Gus", "Reminder, 7 working days after the invitation: written_off"),
        ("sent_again", "Gus", "Invitation: pending"),
        ("link_revoked", "Gus", "version 2, by system"),
        ("link_shown", "Faye", "version 2, by system"),
        ("assurance", "Gus", "code instead of link"),
    }
    [again] = [row for row in rows if row["Exception"] == "sent_again"]
    assert again["Server answer or reason"] == "Gus waits for it."
    assert all(row["Ledger no."] for row in rows)


def test_the_cover_counts_them(trouble: Scenario, written: Written) -> None:
    said = facts(written(trouble))
    assert (said["Exceptions"], said["Exception: late"], said["Exception: need_help"]) == (12, 2, 1)


def test_more_people_take_no_more_queries(trouble: Scenario, written: Written) -> None:
    """Fails when a sheet asks the database once for each person."""
    counts = []
    for who in ("bob", "carla", "deniz"):
        with CaptureQueriesContext(connection) as queries:
            written(trouble)
        counts.append(len(queries))
        trouble.answer(who, "prefer_not_to_say", NOON + 30 * DAY)
        trouble.link(who, "revoked")
    assert len(set(counts)) == 1


def test_an_answer_in_time_is_not_late(story: Scenario, written: Written) -> None:
    story.answer("gus", "need_help", NOON)
    story.answer("gus", "was_off", NOON + 21 * DAY)  # the last day: 14 December
    story.answer("bob", "left_on", NOON + 30 * DAY)  # in time at first, corrected after
    assert found(story, written, "late") == []


def test_a_day_ends_where_the_export_says(story: Scenario, written: Written) -> None:
    """Fails when UTC is taken for everyone."""
    last_day = NOON + 21 * DAY
    story.answer("gus", "was_off", last_day + timedelta(hours=10, minutes=30))
    story.answer("faye", "was_off", last_day + timedelta(hours=11, minutes=30))  # 00:30 in Berlin
    assert found(story, written, "late") == []
    berlin = found(story, written, "late", time_zone="Europe/Berlin")
    assert berlin == [("Faye", "was_off, 1 day after 2026-12-14")]


def test_a_day_ends_where_the_person_is(db: None, written: Written) -> None:
    """Fails when the export's zone is taken for those whose own is on record."""
    story = drafted()
    gus = Assignment.objects.filter(pk=story.people["gus"].pk)
    gus.update(time_zone="Pacific/Auckland")
    story.launch()
    for who in ("faye", "gus"):
        story.answer(who, "was_off", NOON + 18 * DAY)  # in Auckland it is the 12th already
    assert found(story, written, "late") == [("Gus", "was_off, 1 day after 2026-12-11")]


def test_an_own_due_date_is_the_one_that_counts(story: Scenario, written: Written) -> None:
    story.join("ivo", "2026-12-28")
    story.answer("ivo", "was_off", NOON + 30 * DAY)
    assert found(story, written, "late") == []
    Assignment.objects.filter(pk=story.people["ivo"].pk).update(due_on="2026-12-20")
    assert found(story, written, "late") == [("Ivo", "was_off, 3 days after 2026-12-20")]


def test_links_of_other_campaigns_stay_unseen(story: Scenario, written: Written) -> None:
    """Fails when `_ours` does not ask whose assignment it is."""
    other = AssignmentFactory.create()
    Scenario(other.campaign, {"bob": other}).link("bob", "shown")
    assert found(story, written, "link_shown") == []


def test_a_mail_that_is_owed_again_after_a_pause_is_no_exception(
    story: Scenario, written: Written
) -> None:
    """Fails when `sent_again` does not ask what became of the mail before."""
    mail = story.people["gus"].messages.get()
    story.outcome(mail, "cancelled", attempt=0, answer="left")
    story.outcome(mail, "pending", attempt=0, answer="asked again")
    story.seal()
    assert found(story, written, "sent_again") == []


def test_an_exception_that_the_other_sheets_know_may_not_be_missing(
    story: Scenario, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails without `exception_checks`."""
    monkeypatch.setattr("reports.datasets.exceptions.sheet.corrected", lambda _: iter(()))
    with pytest.raises(Refusal, match="Exceptions: corrected: the sheet Exceptions says 0, the"):
        written(story)
