"""The catalogue that ships with the product: one TOML file for each guide."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from compliance.guides.content import GuideContent
from compliance.guides.parsing import parse_content
from compliance.guides.reader import ContentError, Problem

CATALOGUE = Path(__file__).parent / "catalogue"


@dataclass(frozen=True)
class ShippedGuide:
    """One file of the catalogue; `position` is its place in the list."""

    slug: str
    position: int
    content: GuideContent


def shipped_guides(folder: Path = CATALOGUE) -> list[ShippedGuide]:
    """Every guide of the catalogue, in order. Raises ContentError naming file and key."""
    guides = [shipped_guide(path) for path in sorted(folder.glob("*.toml"))]
    return sorted(guides, key=lambda guide: (guide.position, guide.slug))


def shipped_guide(path: Path) -> ShippedGuide:
    """The guide in one file. Raises ContentError naming file and key."""
    data = _toml(path)
    slug, position = data.pop("slug", None), data.pop("position", None)
    if slug != path.stem:
        raise ContentError(
            [Problem("slug", f"Write “{path.stem}”, as the file is called.")], path.name
        )
    if type(position) is not int:
        raise ContentError(
            [Problem("position", "Write a whole number: the place in the list.")], path.name
        )
    return ShippedGuide(path.stem, position, parse_content(data, where=path.name))


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContentError(
            [Problem("file", f"This is no TOML in UTF-8: {error}.")], path.name
        ) from error
