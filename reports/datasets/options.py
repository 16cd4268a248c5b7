"""How an export is wanted: a part of what its bytes depend on, beside campaign and position."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from compliance.campaigns.audience import LIMITS
from ledger.canonical import canonical_json
from ledger.commands import Refusal

LARGEST_SAMPLE = 1000  # assignments; a sample is looked at by people, and held in memory
_CODE = re.compile(r"[A-Za-z0-9._:@-]{0,64}", re.ASCII)
_NO_FILTERS: Mapping[str, tuple[str, ...]] = MappingProxyType({})


class Edition(StrEnum):
    """Whether the people in it are named."""

    FULL = "full"
    PSEUDONYMOUS = "pseudonymous"


@dataclass(frozen=True)
class Options:
    """What somebody asked for; the same options give the same bytes.

    `sample_size` assignments are drawn by `sample_seed` ('' means one made of campaign and
    position). The roll-forward begins at ledger position `previous` (None: the launch).
    `time_zone` is where days end for people whose own is not on record. `filters` limit whose rows
    are shown, by the keys of an audience. `made_for` is a reference such as `user:<uuid>`.
    """

    edition: Edition = Edition.FULL
    sample_size: int = 25
    sample_seed: str = ""
    previous: int | None = None
    time_zone: str = "UTC"
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_FILTERS)
    made_for: str = ""

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise Refusal(problem)
        object.__setattr__(self, "edition", Edition(self.edition))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The options that `stored` says, the usual ones for the rest. Raises Refusal."""
        if unknown := set(stored) - {each.name for each in fields(cls)}:
            raise Refusal(f"An export has no option “{min(unknown)}”. Leave it out.")
        given = dict(stored)
        try:
            if "filters" in given:
                given["filters"] = _filters(given["filters"])
        except (ValueError, TypeError, AttributeError) as error:
            raise Refusal(f"An export cannot be made with these options: {error}.") from error
        return cls(**given)

    def to_json(self) -> dict[str, Any]:
        """What is not as usual, ready for canonical JSON: one spelling for the same options."""
        usual = type(self)()
        changed = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if getattr(self, each.name) != getattr(usual, each.name)
        }
        if "edition" in changed:
            changed["edition"] = self.edition.value
        if "filters" in changed:
            changed["filters"] = {key: list(values) for key, values in sorted(self.filters.items())}
        return changed

    @property
    def digest(self) -> str:
        """SHA-256 in hex over the canonical JSON."""
        return hashlib.sha256(canonical_json(self.to_json()).encode()).hexdigest()

    @property
    def pseudonymous(self) -> bool:
        """Whether names, addresses, employee numbers and managers are left out."""
        return self.edition is Edition.PSEUDONYMOUS

    @property
    def zone(self) -> ZoneInfo:
        """`time_zone`, ready for use."""
        return ZoneInfo(self.time_zone)

    def _problems(self) -> Iterator[str]:
        if self.edition not in list(Edition):
            yield f"An edition is {' or '.join(Edition)}, not “{self.edition}”."
        if not isinstance(self.sample_size, int) or not 0 <= self.sample_size <= LARGEST_SAMPLE:
            yield f"A sample has from 0 to {LARGEST_SAMPLE} assignments, not {self.sample_size}."
        for text, what in ((self.sample_seed, "seed"), (self.made_for, "reference")):
            if not isinstance(text, str) or not _CODE.fullmatch(text):
                yield f"A {what} has at most 64 letters, digits or . _ : @ -, not “{text}”."
        if self.previous is not None and (not isinstance(self.previous, int) or self.previous < 1):
            yield f"A roll-forward begins at a ledger position from 1 on, not at {self.previous}."
        if not _zone_known(self.time_zone):
            yield f"“{self.time_zone}” is no time zone. Write one such as Europe/Berlin."
        if unknown := set(self.filters) - set(LIMITS):
            yield f"Rows can be limited by {', '.join(LIMITS)}, not by “{min(unknown)}”."


def _filters(stored: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Values once and in order; a key without any limits nothing."""
    chosen = {
        key: tuple(sorted({str(value) for value in values})) for key, values in stored.items()
    }
    return {key: values for key, values in chosen.items() if values}


def _zone_known(name: object) -> bool:
    try:
        return isinstance(name, str) and bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
