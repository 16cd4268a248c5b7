"""Who was in scope as of a position: those of the launch, and those who had joined by then."""

from django.db.models import Q

from compliance.campaigns.models import Assignment, AssignmentQuerySet
from reports.datasets.position import Position


def in_scope(position: Position) -> AssignmentQuerySet:
    """The campaign's people as of the position, in no order."""
    there = Q(joined_seq=None) | Q(joined_seq__lte=position.seq)
    return Assignment.objects.filter(there, campaign=position.campaign).order_by()
