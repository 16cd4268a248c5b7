"""What really stands in a finished bundle, as the auditor's own program finds it."""

from pathlib import Path

from ledger.commands import Refusal
from reports.evidence import verify


def readback(path: Path) -> None:
    """Check the whole file: every digest, hash, root, proof, cell and total.

    Raises Refusal naming the first thing that does not hold.
    """
    try:
        with path.open("rb") as file:
            verify.check(file)
    except verify.Refused as refused:
        step = verify.STEPS[refused.step]
        raise Refusal(
            f"The finished bundle does not pass its own check, at the step “{step}”: {refused}"
            " Nothing is released. Run verify_ledger, and compare the database with a backup."
        ) from refused
