"""Append: one line of history per business decision, in the same transaction."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from ledger.canonical import GENESIS, canonical_json, commitment, event_hash, utc_text
from ledger.models import Event, Head, VaultEntry
from ledger.signals import milestone_crossed

SYSTEM = "system"
# A checkpoint is due with every so many events, whatever the hour.
EVERY = 10_000


@dataclass(frozen=True)
class Entry:
    """What an event says: codes, references, numbers and commitments; never names or free text.

    `kind` is `<what>.<happened>` (`campaign.launched`), `actor` a reference such as
    `user:<uuid>`, `assignment:<uuid>` or `system`, `subject` the reference of what it is about.
    """

    kind: str
    actor: str
    subject: str
    data: Mapping[str, object] = field(default_factory=dict)


def append(
    kind: str, *, actor: str, subject: str, now: datetime, data: Mapping[str, object] | None = None
) -> Event:
    """Append one event and return it. See `append_all`."""
    return append_all([Entry(kind, actor, subject, data or {})], now=now)[0]


def append_all(entries: Sequence[Entry], *, now: datetime) -> list[Event]:
    """Append `entries` as consecutive events under one lock of the head.

    Belongs at the end of the business transaction: the head stays locked until its commit, and
    two appends can only queue. Raises TransactionManagementError outside of a transaction.
    """
    bodies = [_body(entry, now) for entry in entries]
    head = head_lock()
    events = _chained(head, bodies)
    Event.objects.bulk_create(events)
    Head.objects.filter(id=1).update(seq=events[-1].seq, hash=events[-1].hash)
    if events[-1].seq // EVERY > head.seq // EVERY:
        transaction.on_commit(lambda: milestone_crossed.send(Event, now=now), robust=True)
    return events


def _body(entry: Entry, now: datetime) -> str:
    return canonical_json(
        {
            "actor": entry.actor,
            "at": utc_text(now),
            "data": entry.data,
            "kind": entry.kind,
            "subject": entry.subject,
            "v": 1,
        }
    )


def head_lock() -> Head:
    """The head, locked: by FOR UPDATE on PostgreSQL, by BEGIN IMMEDIATE on SQLite.

    Whatever else would append waits until the transaction ends. Raises
    TransactionManagementError outside of one.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "Append to the ledger inside transaction.atomic(): the event is part of the change."
        )
    return Head.objects.select_for_update().get(id=1)


def _chained(head: Head, bodies: Sequence[str]) -> list[Event]:
    events, seq, prev = [], head.seq, bytes(head.hash)
    for body in bodies:
        seq, hash_ = seq + 1, event_hash(prev, body)
        events.append(Event(seq=seq, body=body, prev=prev, hash=hash_))
        prev = hash_
    return events


def commit_values(subject: str, values: Mapping[str, str]) -> dict[str, str]:
    """Put personal `values` (field → text) about `subject` into the vault.

    Returns field → `<commit id>:<commitment in hex>`, which an event may hold for ever: once the
    vault's row is erased nobody can tell what it stood for, and the chain stays valid.
    """
    rows = [
        VaultEntry(subject_ref=subject, field=name, value=value, salt=secrets.token_bytes(32))
        for name, value in values.items()
    ]
    VaultEntry.objects.bulk_create(rows)
    return {row.field: _commitment_text(row) for row in rows}


def _commitment_text(row: VaultEntry) -> str:
    return f"{row.commit_id}:{commitment(bytes(row.salt), row.field, row.value).hex()}"


def position() -> tuple[int, bytes]:
    """The number and hash of the last event; (0, 32 zero bytes) for an empty ledger."""
    head = Head.objects.filter(id=1).values_list("seq", "hash").first()
    return (head[0], bytes(head[1])) if head else (0, GENESIS)
