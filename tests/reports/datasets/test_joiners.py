"""Late joiners and due dates of people's own, as of a position."""

from datetime import date
from hashlib import sha256

import pytest

from compliance.campaigns.due_moves import DueMove
from compliance.campaigns.models import Assignment
from ledger.commands import Refusal
from tests.factories import NOON
from tests.reports.conftest import Written, facts, table
from tests.reports.scenario import DAY, Scenario

pytestmark = pytest.mark.both


def digest_of(story: Scenario, written: Written, seq: int) -> str:
    return sha256(written(story, seq).read_bytes()).hexdigest()


def due(story: Scenario, written: Written, seq: int | None = None) -> dict[str, str]:
    rows = table(written(story, seq), "Population")
    return {row["First name"]: row["Due"] for row in rows}


def move(story: Scenario, who: str, before: str, after: str, *, followed: bool) -> int:
    """Somebody's due date moves; returns the ledger number of it."""
    seq = story.decide("resumed", NOON + 5 * DAY)
    person = story.people[who]
    days = {"before": date.fromisoformat(before), "after": date.fromisoformat(after)}
    DueMove.objects.create(assignment=person, seq=seq, followed=followed, **days)
    Assignment.objects.filter(pk=person.pk).update(due_on=days["after"])
    return seq


def test_somebody_who_joined_stands_in_the_export_from_then_on(
    story: Scenario, written: Written
) -> None:
    """Fails without `in_scope` in Population; the same bytes before, marked and counted after."""
    seq = story.seq
    before = digest_of(story, written, seq)
    joined = story.join("ivo", "2026-12-28")
    assert digest_of(story, written, seq) == before
    path = written(story)
    [ivo] = [row for row in table(path, "Population") if row["First name"] == "Ivo"]
    assert (ivo["Joined later"], ivo["Due"], ivo["Status"]) == (joined, "2026-12-28", "open")
    said = facts(path)
    assert (said["In scope"], said["Of these, joined later"]) == (8, 1)
    assert said["With a due date of their own"] == 1
    assert facts(path, "Integrity")["In scope"] == 8


def test_a_joiner_who_was_changed_or_vanished_is_found(story: Scenario, written: Written) -> None:
    """Fails without `_joined_checks`."""
    story.join("ivo", "2026-12-28")
    ivo = Assignment.objects.filter(pk=story.people["ivo"].pk)
    ivo.update(department="Nowhere")
    with pytest.raises(Refusal, match=r"Joined with entry \d+: digest"):
        written(story)
    ivo.delete()
    with pytest.raises(Refusal, match=r"Joined with entry \d+: ledger entry \d+ says 1"):
        written(story)


def test_nobody_is_made_a_joiner_afterwards(story: Scenario, written: Written) -> None:
    story.join("ivo", "2026-12-28")
    joined = story.people["ivo"].joined_seq
    Assignment.objects.filter(pk=story.people["gus"].pk).update(joined_seq=joined)
    with pytest.raises(Refusal, match="In scope at launch: the ledger's launch says 7"):
        written(story)


def test_a_due_date_is_the_one_of_the_position(story: Scenario, written: Written) -> None:
    """Fails when `DueDays` reads the present day: launch, extension, leave, extension again."""
    launch, extended = story.campaign.launched_seq, story.seq
    moved = move(story, "gus", "2026-12-14", "2026-12-18", followed=True)
    again = story.decide("extended", NOON + 6 * DAY, {"due_on": "2026-12-21"})
    DueMove.objects.create(
        assignment=story.people["gus"],
        seq=again,
        before=date(2026, 12, 18),
        after=date(2026, 12, 25),
    )
    Assignment.objects.filter(pk=story.people["gus"].pk).update(due_on=date(2026, 12, 25))
    days = [due(story, written, seq) for seq in (launch, extended, moved, again)]
    assert [day["Gus"] for day in days] == ["2026-12-11", "2026-12-14", "2026-12-18", "2026-12-25"]
    assert [day["Faye"] for day in days] == ["2026-12-11", "2026-12-14", "2026-12-14", "2026-12-21"]
    assert days[0]["Hana"] is None
