"""The same data give the same bytes on PostgreSQL and on SQLite (promise 5)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings

from tests.parts import ROOT

_TELL = """
import sys, hashlib, pathlib, django, time_machine
from datetime import datetime, UTC
django.setup()
time_machine.travel(datetime(2026, 11, 20, tzinfo=UTC), tick=False).start()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.reports.scenario import troubled
from reports.datasets.options import Options
from reports.datasets.position import position_take
from ledger.checkpoints import checkpoint_publish
from reports.evidence.bundle import bundle_write
story = troubled()
checkpoint_publish(now=datetime(2026, 11, 30, tzinfo=UTC))
path = pathlib.Path(sys.argv[1])
for options in (Options(), Options(edition="pseudonymous", sample_size=3)):
    bundle_write(position_take(story.campaign, story.seq, options), path)
    print(hashlib.sha256(path.read_bytes()).hexdigest())
"""

_WITH_A_LANGUAGE = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'"


@pytest.fixture
def fresh_postgresql() -> Iterator[str]:
    """An empty database beside the one of this run; its DATABASE_URL."""
    server, _, _ = settings.DATABASE_URL.rpartition("/")
    if not server.startswith("postgres"):
        pytest.skip("this run has no PostgreSQL")
    name = f"fresh_{uuid4().hex}"
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
        try:
            connection.execute(f"CREATE DATABASE {name} {_WITH_A_LANGUAGE}")
        except psycopg.Error:  # a server built without ICU
            connection.execute(f"CREATE DATABASE {name}")
        yield f"{server}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def digest_on(database: str, path: Path) -> str:
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-c", _TELL, str(path)]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def test_both_databases_give_the_same_bundle(fresh_postgresql: str, tmp_path: Path) -> None:
    """Fails when `Bytewise` is left out: Zimmer and Ünal change places."""
    ours = digest_on(fresh_postgresql, tmp_path / "postgresql.zip")
    theirs = digest_on(f"sqlite:///{tmp_path}/story.sqlite3", tmp_path / "sqlite.zip")
    assert ours == theirs
