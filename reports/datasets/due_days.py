"""By when each person was asked to answer, as of a position."""

from datetime import date

from django.db.models import OuterRef, Subquery

from compliance.campaigns.due_moves import DueMove
from reports.datasets.course import Course
from reports.datasets.position import Position


class DueDays:
    """Reads due dates as of a position: own ones backwards through their moves, all others from the
    ledger's decisions about the campaign.
    """

    def __init__(self, position: Position, course: Course, prefix: str = "") -> None:
        self._everyone = course.day("due_on")
        self._today = position.campaign.due_on
        assignment = OuterRef(f"{prefix}pk")
        later = DueMove.objects.filter(assignment=assignment, seq__gt=position.seq)
        first = later.order_by("seq")
        # What a query asks for, whose `prefix` leads to assignments; `day` takes the values so.
        self.columns = (
            f"{prefix}due_on",
            Subquery(first.values("before")[:1]),
            Subquery(first.values("followed")[:1]),
        )

    def day(self, due_on: date, before: date | None, followed: bool | None) -> date:  # noqa: FBT001 - a column
        """One person's day."""
        if before is not None:
            return self._everyone if followed else before
        return self._everyone if due_on == self._today else due_on

    def own(self, day: date) -> bool:
        """Whether it is another day than everyone's."""
        return day != self._everyone
