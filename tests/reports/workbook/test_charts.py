"""Charts are drawn from the sheet's own cells, and take no row away from anything."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from reports.datasets.tables import Chart, Fact, Section, Sheet
from reports.workbook.book import Book
from tests.reports.conftest import Written
from tests.reports.scenario import Scenario

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
FACTS = Section("Colours", (Fact("all", 6), Fact("red", 1), Fact("green", 2), Fact("blue", 3)))


def drawn(path: Path, *labels: str) -> None:
    book = Book(path.parent, title="Colours", at=AT)
    chart = Chart("Of each", "Colours", labels)
    book.fill(book.reserve("Summary"), Sheet("Summary", "All", "", (FACTS,), (chart,)))
    book.save(path)


def cells(sheet: Any, reference: str) -> list[Any]:
    name, _, cells = reference.partition("!")
    assert name.strip("'") == sheet.title
    first, _, last = cells.replace("$", "").partition(":")
    return [cell.value for (cell,) in sheet[f"{first}:{last or first}"]]


def figures(sheet: Any) -> dict[str, dict[str, int]]:
    """What each chart shows, by its title."""
    found = {}
    for chart in sheet._charts:
        (series,) = chart.series
        (run,) = chart.title.tx.rich.p[0].r
        names = cells(sheet, series.cat.strRef.f)
        found[run.t] = dict(zip(names, cells(sheet, series.val.numRef.f), strict=True))
    return found


def test_a_chart_shows_the_cells_of_its_facts(tmp_path: Path) -> None:
    drawn(tmp_path / "drawn.xlsx", "red", "green")
    sheet = load_workbook(tmp_path / "drawn.xlsx")["Summary"]
    assert figures(sheet) == {"Of each": {"red": 1, "green": 2}}
    assert sheet["A4"].value == "Colours"  # no row was added: the empty one is high


def test_facts_that_do_not_follow_each_other_are_no_chart(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Chart “Of each”: its facts do not follow each other"):
        drawn(tmp_path / "gap.xlsx", "red", "blue")


def test_a_section_without_facts_has_no_heading(tmp_path: Path) -> None:
    """Fails when it has: rows/ know sections by their facts, and a verifier compares."""
    book = Book(tmp_path, title="Colours", at=AT)
    content = Sheet("Summary", "All", "Colours, counted", (Section("Days", ()), FACTS))
    book.fill(book.reserve("Summary"), content)
    book.save(tmp_path / "bare.xlsx")
    sheet = load_workbook(tmp_path / "bare.xlsx")["Summary"]
    shown = [sheet.cell(line, 1).value for line in range(1, 6)]
    assert shown == ["All", "Colours, counted", None, "Colours", "all"]


@pytest.mark.both
def test_the_summary_draws_people_answers_and_weeks(story: Scenario, written: Written) -> None:
    shown = figures(load_workbook(written(story))["Summary"])
    assert sum(shown["People by status"].values()) == 7
    assert shown["Answers"]["need_help"] == 1
    assert shown["Answers by week"] == {"2026-11-23": 4}
