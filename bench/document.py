"""docs/benchmarks.md: one part a benchmark, each written without losing the others."""

import re
from pathlib import Path

from tests.parts import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"


def part_write(part: str, page: Path = PAGE) -> None:
    """Put a part, which begins with its `# heading`, in place of the one with the same heading.

    A new one goes to the end.
    """
    heading = part.partition("\n")[0]
    parts = re.split(r"^(?=# )", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    old = {text.partition("\n")[0]: text.strip() for text in parts if text.strip()}
    page.write_text("\n\n".join((old | {heading: part.strip()}).values()) + "\n", encoding="utf-8")
