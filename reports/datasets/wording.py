"""Wording: the exact texts that people read, by guide version and language."""

from collections.abc import Iterable, Iterator

from compliance.guides.content import GuideText
from compliance.guides.models import GuideVersion
from reports.datasets.attestations import versions_in_use
from reports.datasets.position import Position
from reports.datasets.tables import Column, Kind, Row, Table

COLUMNS = (
    Column("Guide", Kind.NAME),
    Column("Version", Kind.COUNT),
    Column("Language", Kind.WORD),
    Column("Part", Kind.NAME),
    Column("No.", Kind.COUNT),
    Column("Text", Kind.PROSE),
    Column("Wording digest", Kind.HASH),
)
_LONGEST = 16_000  # characters; at most 32,000 UTF-16 units, below what a cell holds


def wording(position: Position) -> Table:
    """One row for each piece of text, in the order of the page; long ones go on in further rows."""
    return Table("Wording", COLUMNS, lambda: _rows(position), naming=0)


def _rows(position: Position) -> Iterator[Row]:
    versions = versions_in_use(position).values()
    for version in sorted(versions, key=lambda each: (each.guide.slug, each.number)):
        for language in version.parsed.languages:
            for part, number, text in parts_of(version, version.parsed.texts[language]):
                yield (
                    version.guide.slug,
                    version.number,
                    language,
                    part,
                    number,
                    text,
                    version.digest,
                )


def parts_of(version: GuideVersion, text: GuideText) -> Iterator[tuple[str, int, str]]:
    """What people read, piece by piece: part, number in it, text."""
    yield from _numbered("title", [text.title])
    yield from _numbered("question", [text.question])
    yield from _numbered("why", [text.why])
    yield from _numbered("direct link", [version.parsed.deep_link])
    yield from _numbered("steps, computer", text.steps.desktop)
    yield from _numbered("steps, phone", text.steps.mobile)
    yield from _numbered("good to know", text.good_to_know)
    yield from _numbered("links", [f"{link.label}: {link.url}" for link in text.links])
    for code, label in text.choices:
        yield from _numbered(f"answer {code}", [label])


def _numbered(part: str, texts: Iterable[str]) -> Iterator[tuple[str, int, str]]:
    pieces = [piece for text in texts for piece in pieces_of(text)]
    return ((part, number, piece) for number, piece in enumerate(pieces, 1))


def pieces_of(text: str) -> list[str]:
    """A text cut into pieces that a cell can hold; none for an empty one."""
    return [text[start : start + _LONGEST] for start in range(0, len(text), _LONGEST)]
