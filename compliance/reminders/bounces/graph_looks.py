"""The check's look at the bounce mailbox, when Graph reads it."""

from datetime import datetime

from accounts.entra.config import Tenant
from accounts.entra.findings import BAD, GOOD, Said, look_register
from compliance.reminders.bounces.graph import GraphPlace, opened_by_graph
from compliance.reminders.bounces.mailbox import place_configured
from ledger.commands import Refusal


def reading(_where: Tenant, _now: datetime) -> Said:
    """Nothing is said without such a mailbox."""
    try:
        place = place_configured()
        if not isinstance(place, GraphPlace):
            return
        with opened_by_graph(place) as box:
            box.look()
    except Refusal as refusal:
        yield BAD, str(refusal)
    else:
        yield GOOD, f"The bounce mailbox {place.mailbox} may be read."


look_register("Bounces", reading)
