"""What a person at the command line reads when the surroundings are wrong."""

import json
from pathlib import Path

import pytest

from tests.journeys.company import Company, postgresql_database, sqlite_database


def refused(company: Company, *args: str) -> str:
    return str(json.loads(company.manage(*args, "--json", code=1))["refused"])


@pytest.mark.parametrize(
    "command", [["verify_ledger"], ["pump"], ["create_user", "a@example.com", "--role", "admin"]]
)
def test_a_database_without_tables_says_what_to_run(tmp_path: Path, command: list[str]) -> None:
    company = Company(tmp_path, sqlite_database(tmp_path), EMAIL_URL="smtp://127.0.0.1:1")
    assert "run: manage.py migrate" in refused(company, *command)


def test_an_empty_postgresql_database_says_so_too(tmp_path: Path) -> None:
    assert "manage.py migrate" in refused(Company(tmp_path, postgresql_database()), "verify_ledger")


def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    company = Company(tmp_path, "postgres://optrail:secret@127.0.0.1:1/optrail")
    text = refused(company, "verify_ledger")
    assert "cannot be reached. Check DATABASE_URL" in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL must be like"),
        ({"PUBLIC_URL": "http://optrail.example.com"}, "DEBUG=1 is for this machine only"),
        ({"DEBUG": "0"}, "PUBLIC_URL must begin with https://"),
    ],
)
def test_wrong_settings_are_told_in_one_line(
    tmp_path: Path, env: dict[str, str], words: str
) -> None:
    company = Company(tmp_path, sqlite_database(tmp_path))
    company.env |= env
    told = company.errors("verify_ledger")
    assert words in told
    assert "Traceback" not in told
