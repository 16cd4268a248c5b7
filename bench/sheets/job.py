"""What is done in a process of Optrail: `python -m bench.sheets.job WAY COUNT FILE`.

A way of WAYS; prints one JSON object.
"""

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import django
from django.db import transaction
from django.utils import timezone

django.setup()  # before anything that has models is imported

from bench.sheets.people import COLUMNS, people  # noqa: E402
from compliance.answers import CLOSING  # noqa: E402
from compliance.attestations.services import attestation_record  # noqa: E402
from compliance.campaigns.models import Assignment, Campaign  # noqa: E402
from compliance.reminders.seal import outcomes_seal  # noqa: E402
from ledger.models import Event  # noqa: E402
from reports.datasets.position import position_take  # noqa: E402
from reports.datasets.tables import Column, Kind, Table  # noqa: E402
from reports.workbook.audit import audit_write  # noqa: E402
from reports.workbook.book import Book  # noqa: E402

CLOSING_ANSWERS = sorted(CLOSING)


def from_memory(count: int, path: Path) -> int:
    """One styled sheet of rows that no database holds."""
    columns = tuple(Column(title, Kind(kind)) for title, kind in COLUMNS.items())
    book = Book(path.parent, title="People", at=datetime(2026, 11, 23, tzinfo=UTC))
    book.add(Table("People", columns, lambda: people(count)), lambda: None)
    book.save(path)
    return sum(book.rows.values())


def answers(count: int, _path: Path) -> int:
    """So many people answer; then all mails that are owed are sealed."""
    people = Assignment.objects.order_by("id")[:count]
    with transaction.atomic():
        for number, person in enumerate(people):
            said = CLOSING_ANSWERS[number % len(CLOSING_ANSWERS)]
            attestation_record(
                assignment_id=person.id, link_version=1, answer=said, now=timezone.now()
            )
    outcomes_seal(now=timezone.now())
    return len(people)


def audit(_count: int, path: Path) -> int:
    """The audit workbook of the campaign, every sheet, reconciled and read back."""
    last = Event.objects.order_by("seq").last()
    assert last
    position = position_take(Campaign.objects.get(), last.seq)
    return sum(audit_write(position, path).rows.values())


WAYS = {"memory": from_memory, "answers": answers, "audit": audit}


def main(what: str, count: int, path: str) -> None:
    """Do it, and print what came of it."""
    began, worked = time.perf_counter(), time.process_time()
    rows = WAYS[what](count, Path(path))
    seconds = time.perf_counter() - began
    processor = time.process_time() - worked
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = {"rows": rows, "seconds": seconds, "processor": processor, "megabytes": usage // 1024}
    sys.stdout.write(json.dumps(done) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
