"""Reports' own stage: a story to tell, a folder to write to, a reader for what was written."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from openpyxl import load_workbook

from reports.datasets.options import Options
from reports.datasets.position import position_take
from reports.models import Export
from reports.workbook.audit import audit_write
from tests.reports.scenario import Scenario, told, troubled

Table = list[dict[str, Any]]
Written = Callable[..., Path]


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    """A data directory of the test's own."""
    settings.DATA_DIR = tmp_path / "data"
    settings.STORAGES = dict(settings.STORAGES)  # makes Django forget the folder of before
    return tmp_path / "data"


@pytest.fixture
def story(db: None) -> Scenario:
    """The whole story of a campaign."""
    return told()


@pytest.fixture
def trouble(db: None) -> Scenario:
    """The story with one of each kind of exception."""
    return troubled()


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes the workbook of a story as of a position; returns its path."""
    names = (tmp_path / f"written-{number}.xlsx" for number in range(100))

    def write(
        story: Scenario, seq: int | None = None, options: Options | None = None, **how: Any
    ) -> Path:
        path = next(names)
        position = position_take(story.campaign, seq or story.seq, options)
        audit_write(position, path, **how)
        return path

    return write


def stored(export: Export) -> Path:
    """The finished file of an export."""
    return Path(storages["evidence"].path(export.stored_name))


def table(path: Path, sheet: str) -> Table:
    """A table's rows by heading, as openpyxl reads them back."""
    header, *rows = _rows(path, sheet)
    return [dict(zip(header, row, strict=True)) for row in rows]


def facts(path: Path, sheet: str = "Summary") -> dict[str, Any]:
    """What and value of each line of a page of facts."""
    return {row[0]: row[1] for row in _rows(path, sheet) if row[0]}


def sections(path: Path, sheet: str) -> dict[str, dict[str, Any]]:
    """What and value of each line of a page of facts, by section."""
    told: dict[str, dict[str, Any]] = {}
    lines = list(_rows(path, sheet))[2:]  # title and lead
    for before, line in pairwise(lines):
        if line[0] and not before[0]:
            told[line[0]] = {}
        elif line[0]:
            list(told.values())[-1][line[0]] = line[1]
    return told


def _rows(path: Path, sheet: str) -> Iterator[tuple[Any, ...]]:
    book = load_workbook(path)
    yield from book[sheet].iter_rows(values_only=True)
    book.close()
