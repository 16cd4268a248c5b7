"""No forged bundle passes: hundreds of them, by kind, each refused by the step that it breaks."""

from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest

from ledger.checkpoints import key_id
from reports.evidence import verify
from tests.reports.evidence import (  # noqa: F401 - each registers its kinds
    forgery_book,
    forgery_gone,
    forgery_ledger,
    forgery_outside,
    forgery_rows,
    forgery_zip,
)
from tests.reports.evidence.forgery import KINDS, Forged, Genuine
from tests.reports.evidence.genuine import genuine_once

_AT_LEAST = 500


@pytest.fixture
def genuine(db: None, tmp_path: Path) -> Genuine:
    return genuine_once(tmp_path / "genuine")


def step_of(forged: Forged, key: str) -> tuple[int, str]:
    """Where it was refused and why; 0 when it was not."""
    previous = BytesIO(forged.previous) if forged.previous else None
    try:
        verify.check(BytesIO(forged.data), previous, key)
    except verify.Refused as refused:
        return refused.step, str(refused)
    return 0, "accepted"


def test_every_forged_bundle_is_refused_by_the_step_that_it_breaks(genuine: Genuine) -> None:
    """Every guard of verify.py was removed in turn: some of these passed then, or were refused at
    another step, but where a second guard stands behind the first.
    """
    key, counts, wrong = key_id(genuine.key.public_key()), Counter[str](), []
    for kind, made in KINDS.items():
        for forged in made(genuine):
            counts[kind] += 1
            step, why = step_of(forged, key)
            if step not in forged.steps:
                wrong.append(f"{forged.what}: {step} ({why}), not {sorted(forged.steps)}")
    assert not wrong, "\n".join(wrong)
    assert counts.total() >= _AT_LEAST
    assert all(counts[kind] for kind in KINDS)
