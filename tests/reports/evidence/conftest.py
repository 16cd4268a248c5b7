"""Bundles of the story, and what stands in them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.checkpoints import checkpoint_publish
from reports.datasets.options import Options
from reports.datasets.position import position_take
from reports.evidence.bundle import bundle_write
from tests.factories import NOON
from tests.reports.evidence.reading import Bundle
from tests.reports.scenario import DAY, Scenario

Bundled = Callable[..., Bundle]


@pytest.fixture
def bundled(tmp_path: Path) -> Bundled:
    """Makes the bundle of a story as of a position, signed by then."""
    names = (tmp_path / f"bundle-{number}.zip" for number in range(100))

    def make(story: Scenario, seq: int | None = None, **options: object) -> Bundle:
        checkpoint_publish(now=NOON + 4 * DAY)
        path = next(names)
        bundle_write(
            position_take(story.campaign, seq or story.seq, Options.from_json(options)), path
        )
        return Bundle(path)

    return make
