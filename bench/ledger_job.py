"""What `bench.ledger` runs in processes of Optrail: `fill EVENTS | append EVENTS`."""

import sys
import uuid
from datetime import UTC, datetime

import django
from django.db import transaction

django.setup()  # before anything that has models is imported

from ledger import journal  # noqa: E402

NOW = datetime(2026, 11, 21, 20, 15, tzinfo=UTC)
CHUNK = 5_000


def entry(number: int) -> journal.Entry:
    """An event as long as an answer's."""
    data = {
        "answer": "turned_off",
        "assurance": "link",
        "campaign": "campaign:17",
        "guide": "linkedin-ai-training:4",
        "number": 1,
        "wording": f"{number:064x}",
    }
    who = f"assignment:{uuid.uuid4()}"
    return journal.Entry("attestation.recorded", who, who, data)


def fill(events: int) -> None:
    """Many events in large batches."""
    for begin in range(0, events, CHUNK):
        with transaction.atomic():
            journal.append_all([entry(n) for n in range(min(CHUNK, events - begin))], now=NOW)


def append(events: int) -> None:
    """As many transactions as events: what people do."""
    for number in range(events):
        one = entry(number)
        with transaction.atomic():
            journal.append(one.kind, actor=one.actor, subject=one.subject, now=NOW, data=one.data)


if __name__ == "__main__":
    {"fill": fill, "append": append}[sys.argv[1]](int(sys.argv[2]))
