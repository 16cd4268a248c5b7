"""The journal: append, chain, vault."""

import uuid
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.db.utils import DatabaseError

from ledger import journal
from ledger.canonical import GENESIS, commitment, event_hash
from ledger.models import (
    AppendOnlyError,
    AppendOnlyModel,
    AppendOnlyQuerySet,
    Event,
    Head,
    VaultEntry,
)
from tests.conftest import GUARDED

pytestmark = [pytest.mark.both, pytest.mark.django_db]

NOW = datetime(2026, 11, 21, 20, 15, 0, 123456, tzinfo=UTC)


def write(kind: str = "thing.happened", **data: object) -> Event:
    with transaction.atomic():
        return journal.append(kind, actor="system", subject="thing:1", now=NOW, data=data)


def test_the_first_event_follows_thirty_two_zero_bytes() -> None:
    event = write()
    assert (event.seq, bytes(event.prev)) == (1, GENESIS)


def test_a_body_is_the_exact_canonical_text_that_was_hashed() -> None:
    event = Event.objects.get(seq=write(b=2, a="Zoë").seq)
    assert event.body == (
        '{"actor":"system","at":"2026-11-21T20:15:00.123456Z","data":{"a":"Zoë","b":2},'
        '"kind":"thing.happened","subject":"thing:1","v":1}'
    )
    assert bytes(event.hash) == event_hash(GENESIS, event.body)


def test_every_event_names_the_hash_of_the_one_before() -> None:
    first, second = write(), write()
    assert bytes(second.prev) == bytes(first.hash)
    assert Head.objects.values_list("seq", flat=True).get() == 2


def test_a_batch_is_chained_under_one_lock() -> None:
    entries = [journal.Entry("row.added", "system", f"row:{n}") for n in range(5)]
    with transaction.atomic():
        events = journal.append_all(entries, now=NOW)
    assert [event.seq for event in events] == [1, 2, 3, 4, 5]
    assert all(bytes(b.prev) == bytes(a.hash) for a, b in pairwise(events))


@pytest.mark.django_db(transaction=True)
def test_an_append_outside_of_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError, match="inside transaction"):
        journal.append("thing.happened", actor="system", subject="thing:1", now=NOW)


def test_what_is_rolled_back_leaves_no_event() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        journal.append("thing.happened", actor="system", subject="thing:1", now=NOW)
        raise RuntimeError
    assert journal.position() == (0, GENESIS)


@pytest.mark.parametrize("value", [1.5, 2**53, object(), "\ud800", {1: "x"}])
def test_what_json_has_no_one_spelling_for_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)), transaction.atomic():
        write(value=value)
    assert not Event.objects.exists()


def test_the_orm_neither_edits_nor_deletes_an_event() -> None:
    """Removed: AppendOnlyModel on Event. This test then fails."""
    event = write()
    with pytest.raises(AppendOnlyError):
        event.save()
    with pytest.raises(AppendOnlyError):
        event.delete()
    with pytest.raises(AppendOnlyError):
        Event.objects.filter(seq=1).update(body="{}")
    with pytest.raises(AppendOnlyError):
        Event.objects.filter(seq=1).delete()


def test_every_append_only_model_refuses_by_its_manager_and_by_a_guard() -> None:
    for model in apps.get_models():
        if issubclass(model, AppendOnlyModel):
            assert isinstance(model._default_manager.all(), AppendOnlyQuerySet), model
            assert model._meta.db_table in GUARDED, model


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_event SET body = '{}'",
        "DELETE FROM ledger_event",
        "UPDATE ledger_checkpoint SET size = 99",
        "DELETE FROM ledger_checkpoint",
    ],
)
def test_the_database_refuses_sql_that_changes_the_past(statement: str) -> None:
    """Removed: guard_operation in the migration. This test then fails."""
    from ledger.checkpoints import checkpoint_publish

    write()
    checkpoint_publish(now=NOW)
    with pytest.raises(DatabaseError, match="only ever appended"), transaction.atomic():
        connection.cursor().execute(statement)


def test_the_database_refuses_to_empty_or_replace() -> None:
    """Removed: the TRUNCATE trigger (PostgreSQL), the insert guard (SQLite). Fails then."""
    write()
    statement = (
        "TRUNCATE ledger_event"
        if connection.vendor == "postgresql"
        else "REPLACE INTO ledger_event SELECT 1, '{}', prev, hash FROM ledger_event"
    )
    with pytest.raises(DatabaseError, match="only ever appended"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.sqlite
def test_sqlite_without_recursive_triggers_still_refuses_replace() -> None:
    write()
    cursor = connection.cursor()
    cursor.execute("PRAGMA recursive_triggers=OFF")
    try:
        with pytest.raises(DatabaseError, match="only ever appended"), transaction.atomic():
            cursor.execute("REPLACE INTO ledger_event SELECT 1, '{}', prev, hash FROM ledger_event")
    finally:
        cursor.execute("PRAGMA recursive_triggers=ON")


def test_a_personal_value_stands_in_the_vault_and_only_its_commitment_elsewhere() -> None:
    text = journal.commit_values("user:1", {"email": "bob@example.com"})["email"]
    commit_id, digest = text.split(":")
    row = VaultEntry.objects.get(commit_id=uuid.UUID(commit_id))
    assert row.value == "bob@example.com"
    assert bytes.fromhex(digest) == commitment(bytes(row.salt), "email", "bob@example.com")
    assert "bob" not in text
