"""The stage of the short versions: a small company on this run's database."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.house import House, Stage
from tests.journeys.company import postgresql_database, sqlite_database

PEOPLE = 300


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Three hundred people, their invitations owed; on PostgreSQL or SQLite as the run says."""
    folder = tmp_path_factory.mktemp("stage")
    on_sqlite = os.environ.get("OPTRAIL_TEST_DB") == "sqlite"
    url = sqlite_database(folder) if on_sqlite else postgresql_database()
    return Stage.prepare(folder, url, PEOPLE)


@pytest.fixture
def house(stage: Stage, tmp_path: Path) -> Iterator[House]:
    """A copy of it for one test."""
    with stage.house(tmp_path / "house", seed=1) as house:
        yield house
