"""What was measured about sheets, as a table for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import cpu_count, getloadavg

from bench.report import machine


@dataclass(frozen=True)
class Row:
    """One way of writing, and what it took."""

    name: str
    rows: int
    seconds: float
    processor: float  # seconds of it in this process: what a busy machine does not lengthen
    megabytes: int
    ours: bool = False

    @property
    def cost(self) -> float:
        """Seconds of the processor for one row."""
        return self.processor / self.rows


def table(rows: Sequence[Row]) -> str:
    """Everything, in Markdown; the first one of ours is what the others are compared with."""
    ours = next(row for row in rows if row.ours)
    lines = ["| way | rows | seconds | of these processor | costs, in Optrail's | most memory |"]
    lines += ["|---|---:|---:|---:|---:|---:|"]
    lines += [
        f"| {row.name} | {row.rows:,} | {row.seconds:.1f} | {row.processor:.1f} "
        f"| {row.cost / ours.cost:.1f} × | {row.megabytes} MB |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def page(text: str, versions: Mapping[str, str], rounds: int) -> str:
    """Its part of docs/benchmarks.md; says how busy the machine was besides."""
    peers = ", ".join(f"{package} {version}" for package, version in versions.items())
    return f"""# How fast sheets are written

Made by `make bench` in one run, on {machine()}; {peers}. Each way ran {rounds} × in a process of
its own, and the best counts. The machine's load was {getloadavg()[2]:.0f} on {cpu_count()} cores,
other people's work included.

{text}
## What is compared

The first rows write the same 15 columns of people, which a generator makes and no database holds,
into one sheet. Every cell of Optrail's and of the two “styled” ways has a font and an alignment.

- **zipped XML** writes the rows' XML into a zip file, with zlib's default effort, and nothing else.
  It is not a workbook. Optrail can be faster because it writes cells by the column, and because it
  asks less of zlib (files are an eighth larger).
- **XlsxWriter**, **openpyxl**: as their manuals say for large files and for the style of a cell.
- **django-import-export**: a resource with one field a column, and its own xlsx format.
- **The audit workbook** is the real thing: every sheet of a launched campaign of as many people, of
  whom one in twenty has answered. Population has more columns than the other rows, joined as of a
  ledger position; everything is reconciled, and the finished file is read back.

The ratio compares seconds of the processor, which a busy machine does not lengthen; those of
PostgreSQL are not among them. Memory is the largest that the process had; Optrail's does not grow
with the number of rows.
"""
