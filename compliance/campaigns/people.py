"""Which people of a campaign a list shows."""

from dataclasses import dataclass

from django.http import QueryDict

from compliance.campaigns.models import Assignment, AssignmentQuerySet, Campaign
from compliance.campaigns.statuses import STATUSES, Status


@dataclass(frozen=True)
class PeopleList:
    """One list; None means no limit, '' means where the directory said nothing."""

    status: Status | None = None
    department: str | None = None
    country: str | None = None

    @classmethod
    def read(cls, query: QueryDict) -> "PeopleList":
        """The list that an address's query asks for; an unknown status means everyone."""
        return cls(
            status=STATUSES.get(query.get("status", "")),
            department=_without_nul(query.get("department")),
            country=_without_nul(query.get("country")),
        )

    def rows(self, campaign: Campaign) -> AssignmentQuerySet:
        """Those who match, in no order yet."""
        limits = {"department": self.department, "country": self.country}
        set_ones = {key: value for key, value in limits.items() if value is not None}
        rows = Assignment.objects.filter(campaign=campaign, **set_ones)
        return self.status.rows(rows) if self.status else rows

    def query(self) -> dict[str, str]:
        """What an address's query has to say to ask for this list."""
        said = {"department": self.department, "country": self.country}
        status = {"status": self.status.code} if self.status else {}
        return {**status, **{key: value for key, value in said.items() if value is not None}}


def _without_nul(text: str | None) -> str | None:
    return text.replace("\0", "") if text is not None else None  # PostgreSQL knows no NUL
