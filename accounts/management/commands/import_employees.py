"""Import people from a CSV or XLSX file: preview and apply in one go."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from accounts.imports.models import ImportRun, RunState, StagedRow
from accounts.imports.reading.names import FIELDS
from accounts.imports.services import (
    import_apply,
    import_check,
    import_discard,
    import_read,
    import_upload,
)
from ledger.commands import JsonCommand, Refusal, wrong_use
from ledger.journal import SYSTEM

_COUNTS = ("new", "changed", "unchanged", "leavers")


class Command(JsonCommand):
    """Preview a file and apply it, unless it is refused or only tried."""

    help = "Import people from a CSV or XLSX file with a header row."

    def arguments(self, parser: CommandParser) -> None:
        """The file, and what the officer says about it."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--complete", action="store_true", help="the file names everyone: the others have left"
        )
        parser.add_argument(
            "--confirm-leavers", action="store_true", help="yes, also when many people leave"
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="show what would happen or be refused, change nothing",
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help=f"fields: {', '.join(FIELDS)}",
        )

    def run(self, **options: Any) -> Mapping[str, object]:
        """Upload, read, apply. Raises Refusal with what was found so far."""
        run = _upload(options["file"], _wishes(options["map"]))
        complete, applied = options["complete"], False
        try:
            _refuse_unread(run)
            said = {"complete": complete, "confirm_leavers": options["confirm_leavers"]}
            if options["dry_run"]:
                import_check(run=run, **said)
            else:
                import_apply(run=run, actor=SYSTEM, now=timezone.now(), **said)
                applied = True
            return _result(run, complete=complete, applied=applied)
        except Refusal as refusal:
            hint = _hints(run, complete=complete)
            result = _result(run, complete=complete, applied=False)
            raise Refusal(*refusal.reasons, *hint, result=result) from refusal
        finally:
            if not applied:
                import_discard(run=run)

    def sentence(self, result: Mapping[str, Any]) -> str:
        """Counts in one line, then each error in its own."""
        done = "Imported" if result["applied"] else "Would import"
        counts = ", ".join(f"{result[name]:,} {name}" for name in _COUNTS)
        lines = [f"{done}: {counts}, {len(result['errors']):,} errors."]
        lines += [f"{_where(error)}: {error['reason']}" for error in result["errors"]]
        return "\n".join(lines)


def _where(error: Mapping[str, Any]) -> str:
    """Line and column; a row with the wrong number of cells is wrong in no one column."""
    return ", ".join(filter(None, (f"line {error['line']}", error["column"])))


def _wishes(texts: list[str]) -> dict[str, str]:
    wishes: dict[str, str] = {}
    for text in texts:
        column, _, field = text.rpartition("=")
        if not column or field not in {"", *FIELDS}:
            raise wrong_use(
                f"--map {text}: write COLUMN=FIELD, where FIELD is one of {', '.join(FIELDS)}."
            )
        wishes[column] = field
    return wishes


def _upload(path: Path, wishes: dict[str, str]) -> ImportRun:
    try:
        with path.open("rb") as file:
            run = import_upload(file=file, name=path.name, user=None, now=timezone.now())
    except OSError as error:
        raise wrong_use(
            f"{path} cannot be read: {error.strerror}. Give the path of a CSV or XLSX file."
        ) from error
    import_read(run=run, now=timezone.now(), wishes=wishes)
    return run


def _refuse_unread(run: ImportRun) -> None:
    if run.state != RunState.PREVIEWED:
        raise Refusal(run.refusal)


def _hints(run: ImportRun, *, complete: bool) -> list[str]:
    if run.state == RunState.UNMAPPED:
        return ["With --map COLUMN=FIELD you say what a column holds."]
    if run.state == RunState.PREVIEWED and run.errors < run.rows and (complete or run.leavers):
        return ["--confirm-leavers confirms them."]
    return []


def _result(run: ImportRun, *, complete: bool, applied: bool) -> dict[str, object]:
    return {
        "new": run.new,
        "changed": run.changed,
        "unchanged": run.unchanged,
        "leavers": run.leavers + (run.missing if complete else 0),
        "errors": list(_errors(run)),
        "applied": applied,
    }


def _errors(run: ImportRun) -> Iterator[dict[str, object]]:
    for row in StagedRow.objects.filter(run=run).broken().order_by("line").iterator():
        for error in row.errors:
            yield {"line": row.line, **error}
