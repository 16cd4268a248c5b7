"""Settings that change what the program does: an event whenever they are others than before."""

import json
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from ledger import journal
from ledger.canonical import canonical_json
from ledger.models import Configuration, Event


def configuration_note(*, values: Mapping[str, object], now: datetime) -> Event | None:
    """Append `configuration.changed` when `values` differ from the last ones; None otherwise.

    The event holds only what differs. Values are codes, numbers and digests, no secrets.
    """
    values = json.loads(canonical_json(values))
    if _last() == values:
        return None
    with transaction.atomic():
        journal.head_lock()  # of two processes that start at once the second sees the first
        last = _last()
        changed = {name: value for name, value in values.items() if last.get(name) != value}
        gone = sorted(set(last) - set(values))
        if not changed and not gone:
            return None
        data = {"now": changed, "gone": gone}
        event = journal.append(
            "configuration.changed",
            actor=journal.SYSTEM,
            subject="configuration",
            now=now,
            data=data,
        )
        Configuration.objects.create(seq=event.seq, values=canonical_json(values))
        return event


def _last() -> dict[str, object]:
    row = Configuration.objects.order_by("-id").first()
    return dict(json.loads(row.values)) if row else {}
