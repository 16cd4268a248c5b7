"""Reads one run's history: plain SQL, the sink's record, the workbook; none of the product's code."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl

from tests.faults.database import query
from tests.faults.history import Faults, Fence, Mail, Person, Taken
from tests.faults.sink import Sink

_PEOPLE = """
SELECT a.id, a.email, a.closed_at IS NOT NULL, a.withdrawn, a.undeliverable
FROM compliance_assignment a WHERE a.exclusion = ''
"""
_MAILS = """
SELECT id, assignment_id, step, state, recipient, carried_by_id, seal_id IS NOT NULL
FROM compliance_message
"""
_OUTCOMES = "SELECT message_id, state, seal_id IS NULL FROM compliance_outcome ORDER BY id"
_STARTED = "SELECT id FROM compliance_message WHERE state = 'started'"
_WAITING = """
SELECT count(*) FROM compliance_message WHERE state IN ('pending', 'leased', 'started', 'deferred')
"""
_EVENTS = "SELECT body FROM ledger_event WHERE body LIKE '%message.resent%'"


def people(url: str) -> list[Person]:
    """Everybody in scope."""
    return [
        Person(key, address, _named(answered=closed, left=left, undeliverable=failed))
        for key, address, closed, left, failed in query(url, _PEOPLE)
    ]


def mails(url: str) -> list[Mail]:
    """Every message, with what its outcomes say."""
    outcomes: dict[str, list[str]] = defaultdict(list)
    unsealed: Counter[str] = Counter()
    for key, state, bare in query(url, _OUTCOMES):
        outcomes[key].append(state)
        unsealed[key] += bool(bare)
    resends = _resends(url)
    return [
        Mail(
            key, person, step, state, recipient, carrier or "", resends[key], bool(sealed),
            tuple(outcomes[key]), unsealed[key],
        )
        for key, person, step, state, recipient, carrier, sealed in query(url, _MAILS)
    ]  # fmt: skip


def taken(sink: Sink) -> list[Taken]:
    """What the server took."""
    return [Taken(row["key"], row["to"], frozenset(row["links"])) for row in sink.events("taken")]


def broken_lines(sink: Sink, *, also_polite: bool = False) -> Faults:
    """What was on a line when it broke: the mail under way, the one before it, the one addressed."""
    faults = Faults()
    for row in sink.events("cut", "stall", "end"):
        if row["event"] == "end" and row["polite"] and not also_polite:
            continue
        faults.keys |= {row["key"], row.get("last", "")} - {""}
        faults.addresses |= {row["to"]} - {""}
    return faults


def unanswered(sink: Sink) -> frozenset[str]:
    """Mails that it got and neither took nor answered."""
    return frozenset(row["key"] for row in sink.events("cut", "stall") if not row.get("taken"))


def refused(sink: Sink) -> frozenset[str]:
    """Addresses that it refused for good."""
    return frozenset(row["to"] for row in sink.events("refused"))


def under_way(url: str) -> set[str]:
    """Messages that are being handed over at this moment."""
    return {key for (key,) in query(url, _STARTED)}


def waiting(url: str) -> int:
    """How many messages are still to be sent, or being sent."""
    return int(query(url, _WAITING)[0][0])


def exported(paths: Sequence[Path]) -> Mapping[str, str]:
    """State by message, as the workbooks say it."""
    states = {}
    for path in paths:
        book = openpyxl.load_workbook(path, read_only=True)
        for row in _rows(book["Messages"]):
            states[UUID(row["Message"]).hex] = str(row["State"])
        book.close()
    return states


def fence(url: str, order: str) -> Fence:
    """Starts and answers in the order of their commits, as `fence.install` noted them."""
    starts: list[tuple[float, str]] = []
    answers: list[tuple[float, str]] = []
    for when, what, key in query(url, order):
        (starts if what == "start" else answers).append((float(when), key))
    return Fence(starts, answers)


def _resends(url: str) -> Counter[str]:
    bodies = (json.loads(body) for (body,) in query(url, _EVENTS))
    subjects = (body["subject"] for body in bodies if body["kind"] == "message.resent")
    return Counter(UUID(subject.removeprefix("message:")).hex for subject in subjects)


def _named(**states: bool) -> str:
    return next((name for name, applies in states.items() if applies), "")


def _rows(sheet: Any) -> Iterator[dict[str, Any]]:
    lines = sheet.iter_rows(values_only=True)
    header = next(lines)
    for line in lines:
        yield dict(zip(header, line, strict=False))
