"""Ways to hand a mail over."""

from compliance.reminders.transports.configured import configured
from compliance.reminders.transports.line import (
    Envelope,
    Line,
    LineLostError,
    Reply,
    Transport,
    TransportDownError,
)

__all__ = [
    "Envelope",
    "Line",
    "LineLostError",
    "Reply",
    "Transport",
    "TransportDownError",
    "configured",
]
