"""The stage of the short versions: a small company on this run's database."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.faults.database import DURABLE, Postgres, sqlite_path
from tests.faults.house import House, Stage
from tests.faults.lab import postgresql
from tests.journeys.company import postgresql_database, sqlite_database

PEOPLE = 200


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Two hundred people, their invitations owed; on PostgreSQL or SQLite as the run says."""
    folder = tmp_path_factory.mktemp("stage")
    on_sqlite = os.environ.get("OPTRAIL_TEST_DB") == "sqlite"
    url = sqlite_database(folder) if on_sqlite else postgresql_database()
    return Stage.prepare(folder, url, PEOPLE)


@pytest.fixture
def house(stage: Stage, tmp_path: Path) -> Iterator[House]:
    """A copy of it for one test."""
    with stage.house(tmp_path / "house", seed=1) as house:
        yield house


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A PostgreSQL that may be killed."""
    with postgresql(DURABLE) as server:
        yield server


@pytest.fixture
def mortal(stage: Stage, server: Postgres, tmp_path: Path) -> Iterator[House]:
    """The small company on that server."""
    with stage.house(tmp_path / "mortal", seed=1, url=server.load(stage.url)) as house:
        yield house


@pytest.fixture
def dated(request: pytest.FixtureRequest, stage: Stage) -> House:
    """The small company on a database that knows when, or in which order, it committed."""
    fixture = "house" if sqlite_path(stage.url) else "mortal"
    return cast(House, request.getfixturevalue(fixture))
