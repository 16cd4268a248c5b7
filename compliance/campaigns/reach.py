"""Whom a campaign would ask, were it launched now: counts and a sample."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.directory.models import Employee
from compliance.campaigns.audience import asked, audience, exclusions
from compliance.campaigns.models import Campaign, Exclusion

SAMPLE_SIZE = 10


@dataclass(frozen=True)
class Reach:
    """How many are in scope, why how many of them are not asked, and a few who would be."""

    in_scope: int
    excluded: Mapping[str, int]
    sample: list[Employee]

    @property
    def asked(self) -> int:
        """Those who would be mailed."""
        return self.in_scope - sum(self.excluded.values())

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Reason in words and people."""
        return [(Exclusion(code).label, people) for code, people in self.excluded.items()]


def reach(campaign: Campaign) -> Reach:
    """The reach of a draft; it need not be saved.

    Ids are random: the first ones are a sample, and the same one until people come or go.
    """
    sample = asked(campaign).order_by("pk")[:SAMPLE_SIZE]
    return Reach(audience(campaign).count(), exclusions(campaign), list(sample))
