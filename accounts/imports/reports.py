"""What lies beside a file that was imported: counts, and the rows that were left out."""

from collections.abc import Iterator

from accounts.imports.models import ImportRun

_COUNTS = ("new", "changed", "unchanged", "leavers", "errors")


def run_report(run: ImportRun) -> list[str]:
    """Counts and errors, for whoever sent the file."""
    counts = ", ".join(f"{getattr(run, name):,} {name}" for name in _COUNTS)
    lines = [f"Imported: {run.rows:,} rows, {counts}. Ledger no. {run.seq}."]
    if run.complete:
        lines.append(f"The file names everyone: {run.missing:,} people whom it does not have left.")
    return [*lines, *error_lines(run)]


def error_lines(run: ImportRun) -> Iterator[str]:
    """Which rows were left out and why; lines and columns are named, no cell is repeated."""
    for row in run.staged.broken().order_by("line").iterator():
        yield from (_line(row.line, error) for error in row.errors)


def _line(line: int, error: dict[str, str]) -> str:
    where = ", ".join(filter(None, (f"line {line}", error["column"])))
    return f"{where}: {error['reason']}"
