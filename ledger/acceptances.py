"""History that an administrator gave up as lost: signed, so that nobody else can say so."""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ledger.keys import KeyChain
from ledger.models import Acceptance, Event
from ledger.notes import Stated

KIND = "ledger.accepted"
ORIGIN = "optrail/ledger-accepted/1"


@dataclass(frozen=True)
class Accepted:
    """What an event of this kind says, read from its own text."""

    seq: int
    prev: str
    at: str
    data: dict[str, Any]

    @property
    def text(self) -> str:
        """What is signed, a line each: how many events stood and the last one's hash; from which
        size on and up to which published checkpoint is given up; the commitment to the reason.
        """
        data, published = self.data, self.data["published"]
        lines = (
            ORIGIN, data["standing"], data["head"],
            data["lost_from"], published["size"], published["head"], published["at"],
            data["committed"]["reason"], self.at,
        )  # fmt: skip
        return "".join(f"{line}\n" for line in lines)

    def covers(self, said: Stated) -> bool:
        """Whether a published checkpoint is among those that were given up."""
        last = self.data["published"]
        return bool(said.size >= self.data["lost_from"] and said.at <= last["at"])

    def holds(self, keys: KeyChain) -> bool:
        """Whether the ledger's key signed it, for this place in the chain and no other."""
        try:
            key, signature = (
                self.data["key"],
                base64.b64decode(self.data["signature"], validate=True),
            )
            here = (self.data["standing"] + 1, self.data["head"]) == (self.seq, self.prev)
            return here and keys.signed_at(self.seq, key, signature, self.text)
        except (KeyError, TypeError, binascii.Error):  # signed by nobody
            return False


def accepted_read(event: Event) -> Accepted | None:
    """What the event accepts; None when it is of another kind. A broken one accepts nothing."""
    prev = bytes(event.prev).hex()
    try:
        body = json.loads(event.body)
        if body["kind"] != KIND:
            return None
        return Accepted(event.seq, prev, body["at"], body["data"])
    except (KeyError, TypeError, ValueError):
        return Accepted(event.seq, prev, "", {})


def accepted_standing(keys: KeyChain) -> list[Accepted]:
    """Every acceptance that holds. A row alone accepts nothing: its event must stand, signed."""
    events = Event.objects.filter(seq__in=Acceptance.objects.values("seq")).order_by("seq")
    found = filter(None, map(accepted_read, events))
    return [each for each in found if each.holds(keys)]


def accepted_unsigned(keys: KeyChain) -> Iterator[int]:
    """The events that accept a loss, and that the ledger's key did not sign."""
    events = Event.objects.filter(body__contains=f'"kind":"{KIND}"').order_by("seq")
    found = filter(None, map(accepted_read, events.iterator(chunk_size=100)))
    return (each.seq for each in found if not each.holds(keys))
