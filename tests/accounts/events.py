"""What the ledger says about users (it says other things as well: a new database publishes guides)."""

import json
from typing import Any

from ledger.models import Event


def user_events() -> list[dict[str, Any]]:
    """The bodies of all events about users, in order."""
    bodies = [
        json.loads(body) for body in Event.objects.order_by("seq").values_list("body", flat=True)
    ]
    return [body for body in bodies if body["subject"].startswith("user:")]


def user_event_kinds() -> list[str]:
    """What happened to users, in order."""
    return [event["kind"] for event in user_events()]
