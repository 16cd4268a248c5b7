"""Who is in the groups that the rules name, directly or through other groups."""

from collections.abc import Iterable, Iterator

from django.db import transaction

from accounts.entra.directory.models import EntraMember, EntraReading
from accounts.entra.errors import EntraError, Refused, Unreachable
from accounts.entra.graph import GraphClient

NEEDED = "GroupMember.Read.All"
_DENIED, _NOT_FOUND = 403, 404


def members_read(*, reading: EntraReading, graph: GraphClient, groups: Iterable[str]) -> None:
    """Read every group anew, beside what holds; it changes when the last one is complete.

    Raises EntraError: a group that is not there, or may not be read, is no empty group.
    """
    number = reading.members + 1
    EntraMember.objects.filter(reading=number).delete()
    for group in groups:
        for oids in _pages(graph, group):
            rows = [EntraMember(group=group, oid=oid, reading=number) for oid in oids]
            EntraMember.objects.bulk_create(rows, ignore_conflicts=True)
    with transaction.atomic():
        reading.members = number
        reading.save(update_fields=["members"])
        EntraMember.objects.exclude(reading=number).delete()


def group_look(graph: GraphClient, group: str) -> None:
    """Whether the group is there and may be read. Raises EntraError."""
    _asked(graph, group, most=1)


def _pages(graph: GraphClient, group: str) -> Iterator[list[str]]:
    body = _asked(graph, group)
    while True:
        value = body.get("value")
        if not isinstance(value, list):
            raise Unreachable("Microsoft Graph sent half a page of a group.", maybe_done=False)
        yield [str(one.get("id", "")).lower() for one in value]
        if not body.get("@odata.nextLink"):
            return
        body = graph.get(str(body["@odata.nextLink"]))


def _asked(graph: GraphClient, group: str, *, most: int = 999) -> dict[str, object]:
    path = f"/groups/{group}/transitiveMembers"
    try:
        return graph.get(path, {"$select": "id", "$top": str(most)})
    except Refused as refused:
        if refused.status == _NOT_FOUND:
            raise EntraError(f"The tenant has no group {group}. Mend the rules.") from refused
        if refused.status == _DENIED:
            words = f"Groups may not be read: the application permission {NEEDED} is missing."
            raise EntraError(words) from refused
        raise
