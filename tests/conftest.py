"""The cast and the stage that all tests share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management.commands import flush
from django.db import connection, connections
from django.test import Client

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.guides.models import GuideVersion
from compliance.guides.services import catalogue_sync
from ledger.guards import guard_install, guard_remove
from tests import parts
from tests.browser import browser_context_args, browser_type_launch_args
from tests.factories import NOON, EmployeeFactory, UserFactory

# A conftest's fixtures win over those of pytest-playwright; another plugin's may not.
__all__ = ["browser_context_args", "browser_type_launch_args"]

GUARDED = (
    "ledger_event",
    "ledger_checkpoint",
    "ledger_keyhandover",
    "ledger_acceptance",
    "ledger_configuration",
    "compliance_attestation",
    "compliance_decision",
    "compliance_erasure",
)


@pytest.fixture(autouse=True, scope="session")
def _flush_may_empty_guarded_tables() -> Iterator[None]:
    """Between transactional tests Django empties every table; nobody else may, so the guards step
    aside for that statement alone."""
    original = flush.Command.handle

    def handle(self: flush.Command, **options: Any) -> None:
        for table in GUARDED:
            guard_remove(connection, table)
        original(self, **options)
        for table in GUARDED:
            guard_install(connection, table)

    flush.Command.handle = handle  # type: ignore[method-assign]
    yield
    flush.Command.handle = original  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Each test begins with an empty ledger; the one before it was no newer backup."""
    for mark in (Path(settings.DATA_DIR) / "instance").glob("position-*.json"):
        mark.unlink()


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """SQLite tests run on a file, as production does: in memory there is nobody to lock out."""
    default = connections.settings["default"]
    if default["ENGINE"].endswith("sqlite3"):
        default["TEST"]["NAME"] = f"{default['NAME']}.test"


@pytest.fixture(scope="session")
def valkey() -> str:
    """A real Valkey; its URL."""
    return parts.valkey_start()


@pytest.fixture
def ada(db: None) -> User:
    """Ada, the administrator."""
    return UserFactory.create(email="ada@example.com", name="Ada Admin", role="admin")


@pytest.fixture
def alice(db: None) -> User:
    """Alice, the privacy officer."""
    return UserFactory.create(email="alice@example.com", name="Alice Officer", role="officer")


@pytest.fixture
def aino(db: None) -> User:
    """Aino, the auditor."""
    return UserFactory.create(email="aino@example.com", name="Aino Auditor", role="auditor")


@pytest.fixture
def as_ada(ada: User) -> Client:
    """Ada's browser."""
    return _signed_in(ada)


@pytest.fixture
def as_alice(alice: User) -> Client:
    """Alice's browser."""
    return _signed_in(alice)


@pytest.fixture
def as_aino(aino: User) -> Client:
    """Aino's browser."""
    return _signed_in(aino)


@pytest.fixture
def as_mallory(db: None) -> Client:
    """Mallory's browser: an outsider without an account, who plays by the rules of no form."""
    return Client(headers={"x-forwarded-proto": "https"})


@pytest.fixture
def bob(db: None) -> Employee:
    """Bob, an employee in Germany."""
    return EmployeeFactory.create(
        first_name="Bob",
        last_name="Berger",
        email="bob@example.com",
        country="DE",
        department="Sales",
        language="de",
    )


@pytest.fixture
def carla(db: None) -> Employee:
    """Carla, an employee in the United States."""
    return EmployeeFactory.create(
        first_name="Carla",
        last_name="Conti",
        email="carla@example.com",
        country="US",
        department="Sales",
        language="en",
    )


@pytest.fixture
def deniz(db: None) -> Employee:
    """Deniz, an employee in Türkiye."""
    return EmployeeFactory.create(
        first_name="Deniz",
        last_name="Demir",
        email="deniz@example.com",
        country="TR",
        department="Engineering",
        language="tr",
    )


@pytest.fixture
def linkedin(db: None) -> GuideVersion:
    """The shipped LinkedIn guide's latest version."""
    catalogue_sync(now=NOON)
    return GuideVersion.objects.filter(guide__slug="linkedin-ai-training").latest("number")


def _signed_in(user: User) -> Client:
    client = Client(headers={"x-forwarded-proto": "https"})
    client.force_login(user)
    return client
