"""Keyset paging: every page of a long list costs the same, however far down it is."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)

PAGE_SIZE = 50
COUNT_CAP = 10_000


@dataclass(frozen=True)
class Page(Generic[M]):
    """Some rows in the order of (sort_name, id), and the ids that lead to the pages beside them."""

    rows: list[M]
    before: UUID | None
    after: UUID | None


def keyset_page(
    rows: QuerySet[M],
    *,
    after: UUID | None = None,
    before: UUID | None = None,
    size: int = PAGE_SIZE,
) -> Page[M]:
    """The rows that follow `after`, or precede `before`; an id that is gone means the beginning.

    Cursors are ids, whose sort_name is looked up: names do not belong into addresses.
    """
    anchor = _anchor(rows, before or after)
    backwards = before is not None and anchor is not None
    found = list(_beyond(rows, anchor, backwards=backwards)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    earlier, later = (more, True) if backwards else (anchor is not None, more)
    return Page(
        rows=found,
        before=found[0].pk if found and earlier else None,
        after=found[-1].pk if found and later else None,
    )


def capped_count(rows: QuerySet[Any], cap: int = COUNT_CAP) -> int:
    """How many rows there are, or `cap` + 1 for more: counting a million takes too long."""
    return rows.order_by()[: cap + 1].count()


def _anchor(rows: QuerySet[M], pk: UUID | None) -> tuple[str, UUID] | None:
    everyone = rows.model._default_manager
    return everyone.filter(pk=pk).values_list("sort_name", "pk").first() if pk else None


def _beyond(rows: QuerySet[M], anchor: tuple[str, UUID] | None, *, backwards: bool) -> QuerySet[M]:
    """Rows beyond the anchor, nearest first.

    `sort_name >= x AND (sort_name > x OR id > y)` says the same as the plain OR, and its first
    half is what lets the database begin in the middle of the index.
    """
    if anchor:
        name, pk = anchor
        way = "lt" if backwards else "gt"
        rows = rows.filter(
            Q(**{f"sort_name__{way}e": name}),
            Q(**{f"sort_name__{way}": name}) | Q(**{f"pk__{way}": pk}),
        )
    return rows.order_by("-sort_name", "-pk") if backwards else rows.order_by("sort_name", "pk")
