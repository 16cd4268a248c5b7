"""Who was in scope as of a position, and whose rows an export shows."""

from typing import Any

from django.db.models import Q

from compliance.campaigns.audience import LIMITS
from compliance.campaigns.models import Assignment, AssignmentQuerySet
from reports.datasets.position import Position


def in_scope(position: Position) -> AssignmentQuerySet:
    """The people whose rows are shown, in no order: everyone, but for filters."""
    return everyone(position).filter(**limits(position))


def everyone(position: Position) -> AssignmentQuerySet:
    """Those of the launch, and those who had joined by the position, in no order."""
    there = Q(joined_seq=None) | Q(joined_seq__lte=position.seq)
    return Assignment.objects.filter(there, campaign=position.campaign).order_by()


def outside(position: Position) -> AssignmentQuerySet:
    """Those in scope whom the filters leave out."""
    wanted = limits(position)
    return everyone(position).exclude(**wanted) if wanted else Assignment.objects.none()


def limits(position: Position, prefix: str = "") -> dict[str, Any]:
    """The filters as conditions on frozen attributes, reached by `prefix`."""
    filters = position.options.filters
    return {f"{prefix}{LIMITS[key]}__in": values for key, values in filters.items()}
