"""Jobs in a process of Optrail: `python -m bench.job pump LINES | claim | sample | seal`.

Prints one JSON object.
"""

import json
import resource
import sys
import time
import uuid
from email import message_from_bytes, policy

import django
from django.utils import timezone

django.setup()  # before anything that has models is imported

from compliance.campaigns.links import link_url  # noqa: E402
from compliance.reminders.instance import instance_check  # noqa: E402
from compliance.reminders.mails import mail_bytes  # noqa: E402
from compliance.reminders.outbox import claim, release  # noqa: E402
from compliance.reminders.pump import pump, utc_now  # noqa: E402
from compliance.reminders.seal import outcomes_seal  # noqa: E402

SIZES = (1, 10, 50, 200, 500)
ROUNDS = 20


def sample() -> dict[str, object]:
    """One of the mails that are owed: its size as it travels, and its words."""
    owner = uuid.uuid4()
    (parcel,) = claim(owner=owner, now=timezone.now(), most=1)
    data = mail_bytes(parcel.messages, now=timezone.now())
    release(parcel.keys, owner=owner, next_at=timezone.now())
    mail = message_from_bytes(data, policy=policy.default)
    parts = {kind: mail.get_body((kind,)) for kind in ("plain", "html")}
    words = {kind: part.get_content() if part else "" for kind, part in parts.items()}
    person = parcel.carrier.assignment
    return {
        "size": len(data),
        "subject": str(mail["Subject"]),
        "text": words["plain"],
        "html": words["html"],
        "first_name": person.first_name,
        "url": link_url(person),
    }


def pumped(lines: int) -> dict[str, object]:
    """Everything that a run does: outbox, fence, outcomes, seal."""
    began = time.time()
    report = pump(clock=utc_now, lines=lines)
    outcomes_seal(now=timezone.now())
    return {
        "mails": report.counts["accepted"],
        "began": began,
        "ended": time.time(),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "stopped": report.stopped,
    }


def claimed() -> dict[str, float]:
    """Microseconds a mail for claiming and loading, by the size of the batch."""
    instance_check(now=timezone.now())
    return {
        str(size): min(_claim_seconds(size) for _ in range(ROUNDS)) / size * 1e6 for size in SIZES
    }


def sealed() -> dict[str, int]:
    """What is planned goes into the ledger, as it does each minute."""
    return {"seals": outcomes_seal(now=timezone.now())}


def _claim_seconds(size: int) -> float:
    owner, now = uuid.uuid4(), timezone.now()
    began = time.perf_counter()
    parcels = claim(owner=owner, now=now, most=size)
    seconds = time.perf_counter() - began
    assert len(parcels) == size
    release([parcel.carrier.pk for parcel in parcels], owner=owner, next_at=now)
    return seconds


def main(what: str, lines: int = 1) -> None:
    """Do it, and print what came of it."""
    jobs = {"sample": sample, "claim": claimed, "seal": sealed}
    done = pumped(lines) if what == "pump" else jobs[what]()
    sys.stdout.write(json.dumps(done) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
