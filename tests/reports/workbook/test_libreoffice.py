"""The workbook opens in a real office program without complaint."""

import csv
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.parts import REPORT
from tests.reports.conftest import Written
from tests.reports.scenario import PEOPLE, Scenario
from tests.reports.workbook.hostile import ESCAPES, FINE
from tests.reports.workbook.test_text import saved

OFFICE = shutil.which("soffice") or ""
REPORT["office program"] = "LibreOffice" if OFFICE else "none installed: nothing was opened in one"
pytestmark = [
    pytest.mark.both,
    pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed"),
]


def converted(source: Path, kind: str, folder: Path) -> Path:
    """The file as LibreOffice saves it, from a profile beside the file."""
    converted_all([source], kind, folder)
    return folder / source.with_suffix(f".{kind.partition(':')[0]}").name


def converted_all(sources: Sequence[Path], kind: str, folder: Path) -> None:
    """The same for several at once: the program takes longer to start than to convert."""
    profile = f"-env:UserInstallation=file://{sources[0].parent}/profile"
    command = [OFFICE, profile, "--headless", "--convert-to", kind, "--outdir", str(folder)]
    done = subprocess.run(
        [*command, *map(str, sources)], capture_output=True, text=True, timeout=120, check=True
    )
    assert "Error" not in done.stderr


def test_the_audit_workbook_opens(story: Scenario, written: Written, tmp_path: Path) -> None:
    sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,5"
    converted(written(story), sheet, tmp_path)
    [path] = tmp_path.glob("*-Population.csv")
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    assert [row["First name"].lower() for row in rows] == list(PEOPLE)
    assert rows[0]["Employee no."] == "00001"


def test_hostile_texts_are_read_as_they_are(tmp_path: Path) -> None:
    """Nothing is calculated, nothing turns into a number, a date or an error."""
    texts = [text for text in (*FINE, *ESCAPES) if "\u2028" not in text]
    saved(texts, tmp_path / "texts.xlsx")
    export = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"
    path = converted(tmp_path / "texts.xlsx", export, tmp_path)
    with path.open(encoding="utf-8", newline="") as file:
        found = [row[0] for row in csv.reader(file)][1:]
    assert found == texts
