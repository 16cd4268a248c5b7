"""The guide as it was asked with: the hashed JSON, and what people read in each language."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from ledger.canonical import canonical_json
from reports.datasets.position import Position
from reports.datasets.wording import parts_of


def guide_write(position: Position, folder: Path) -> None:
    """Write `guide.json`, whose SHA-256 the launch names, and a text for each language."""
    version = position.campaign.guide_version
    _write(folder / "guide.json", canonical_json(version.parsed.plain()))
    for language in version.parsed.languages:
        lines = _lines(parts_of(version, version.parsed.texts[language]))
        _write(folder / language / "wording.txt", "\n".join(lines) + "\n")


def _lines(parts: Iterable[tuple[str, int, str]]) -> Iterator[str]:
    """Each part under its name, as the sheet Wording has it."""
    for name, pieces in groupby(parts, key=lambda part: part[0]):
        yield name.capitalize()
        yield from (f"    {text}" for _, _, text in pieces)
        yield ""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
