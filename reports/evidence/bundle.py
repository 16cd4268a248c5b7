"""One zip file that proves itself: written into a waiting folder, packed, read back whole."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from reports.datasets.position import Position
from reports.evidence.guide import guide_write
from reports.evidence.leaves import leaves_write
from reports.evidence.manifest import manifest_write
from reports.evidence.packing import pack
from reports.evidence.readback import readback
from reports.evidence.readme import readme_write
from reports.evidence.record import record_write
from reports.evidence.rows import WithLines
from reports.evidence.statements import checkpoints_write, consistency_write
from reports.workbook.audit import Written, audit_write

WORKBOOK, ROWS, LEDGER, GUIDE, VERIFIER = "audit.xlsx", "rows", "ledger", "guide", "verify.py"
# The program that the auditor runs; it stands beside this file and is copied as it is.
VERIFY_PATH = Path(__file__).with_name(VERIFIER)


def bundle_write(
    position: Position,
    path: Path,
    *,
    row_written: Callable[[], None] = lambda: None,
    table_written: Callable[[], None] = lambda: None,
) -> Written:
    """Write the bundle to `path`. Raises Refusal when anything in it does not reconcile."""
    waiting = TemporaryDirectory(prefix=f"{path.stem}.", suffix=".partial", dir=path.parent)
    with waiting as name:
        folder = Path(name)
        written = _rows(position, folder, row_written, table_written)
        root = _ledger(position, folder, table_written)
        guide_write(position, folder / GUIDE)
        readme_write(position, folder)
        (folder / VERIFIER).write_bytes(VERIFY_PATH.read_bytes())
        manifest_write(position, folder, root=root, tally=written.tally)
        pack(folder, path)
    readback(path)
    return written


def _rows(
    position: Position,
    folder: Path,
    row_written: Callable[[], None],
    table_written: Callable[[], None],
) -> Written:
    """The workbook and its rows, from one pass over the database."""
    (folder / ROWS).mkdir()
    return audit_write(
        position,
        folder / WORKBOOK,
        beside=lambda book: WithLines(book, folder / ROWS),
        row_written=row_written,
        table_written=table_written,
    )


def _ledger(position: Position, folder: Path, table_written: Callable[[], None]) -> bytes:
    """What the ledger says itself; returns its root."""
    (folder / LEDGER).mkdir()
    record = record_write(position, folder / LEDGER)
    table_written()
    leaves_write(position, record.batched, folder / LEDGER)
    checkpoints_write(position, folder)
    consistency_write(position, record.bundled, folder)
    table_written()
    return record.root
