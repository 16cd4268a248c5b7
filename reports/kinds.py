"""The kinds of exports: who writes each of them, and what its file is called."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from reports.datasets.options import Options
from reports.datasets.position import Position
from reports.evidence.bundle import bundle_write
from reports.evidence.rows import csv_write, jsonl_write, key_write
from reports.models import Export, ExportKind
from reports.workbook.audit import Written, audit_write

_WRITERS: dict[ExportKind, Callable[..., Written]] = {
    ExportKind.BUNDLE: bundle_write,
    ExportKind.WORKBOOK: audit_write,
    ExportKind.CSV: csv_write,
    ExportKind.JSONL: jsonl_write,
    ExportKind.KEY: key_write,
}
_ENDINGS = {
    ExportKind.BUNDLE: ".zip",
    ExportKind.WORKBOOK: ".xlsx",
    ExportKind.CSV: "-csv.zip",
    ExportKind.JSONL: "-jsonl.zip",
    ExportKind.KEY: "-key.csv",
}


def export_write(
    export: Export, position: Position, path: Path, **told: Callable[[], None]
) -> Written:
    """Write what `export` is to `path`, telling of each row and table. Raises Refusal."""
    return _WRITERS[ExportKind(export.kind)](position, path, **told)


def file_name(export: Export) -> str:
    """What the file is called outside: the same for the same campaign, position and options."""
    stem = f"optrail-campaign-{export.campaign_id}-at-{export.seq}"
    return f"{stem}{_options_mark(export.options)}{_ENDINGS[ExportKind(export.kind)]}"


def _options_mark(stored: dict[str, Any]) -> str:
    """Eight characters for options that are not as usual, so that editions never share a name.

    Where days end for the company is no choice of whoever asks.
    """
    options = replace(Options.from_json(stored), time_zone=Options().time_zone)
    return f"-{options.digest[:8]}" if options.to_json() else ""
