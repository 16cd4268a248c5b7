"""What travels in one mail: a message, and those of other campaigns that it carries."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from compliance.reminders.mails import envelope_for
from compliance.reminders.models import Message
from compliance.reminders.transports.line import Envelope


@dataclass(frozen=True)
class Parcel:
    """Messages to one person that leave as one mail: the carrier first, then its riders."""

    messages: tuple[Message, ...]

    @property
    def carrier(self) -> Message:
        """The one whose id, date and recipient the mail has."""
        return self.messages[0]

    @property
    def riders(self) -> tuple[Message, ...]:
        """Those that need no mail of their own."""
        return self.messages[1:]

    @cached_property
    def envelope(self) -> Envelope:
        """From which return path to whom it goes. Raises UnmailableError."""
        return envelope_for(self.carrier)

    @property
    def keys(self) -> list[UUID]:
        """The ids of all of them."""
        return [message.id for message in self.messages]

    def only(self, keys: Iterable[UUID]) -> "Parcel":
        """The parcel without those that dropped out."""
        wanted = set(keys)
        return Parcel(tuple(message for message in self.messages if message.pk in wanted))


def parcels_of(messages: Iterable[Message]) -> list[Parcel]:
    """`messages` in their order, each rider with its carrier when that is among them."""
    riders: dict[UUID, list[Message]] = {}
    carriers: list[Message] = []
    for message in messages:
        if message.carried_by_id:
            riders.setdefault(message.carried_by_id, []).append(message)
        else:
            carriers.append(message)
    return [Parcel((carrier, *riders.get(carrier.pk, ()))) for carrier in carriers]
