"""Reading the tenant's directory: page by page, round by round, never half."""

import uuid
from contextlib import closing
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.entra.config import tenant
from accounts.entra.directory.delta import page_get
from accounts.entra.directory.members import members_read
from accounts.entra.directory.merging import IncompleteError, round_merge
from accounts.entra.directory.models import EntraPage, EntraReading, EntraRules
from accounts.entra.directory.purposes import purposes_read
from accounts.entra.directory.zones import zones_look
from accounts.entra.errors import EntraError, Gone, Refused, Throttled, Unreachable
from accounts.entra.graph import GraphClient, graph_session

# A reader that has not finished by then was ended with its process; another takes over.
LEASE = timedelta(minutes=30)
EVERY = timedelta(hours=24)
_PATIENCE = timedelta(seconds=30)
_LONGEST = timedelta(hours=1)
_LATER = timedelta(hours=1)
_UNAUTHORIZED = 401


class BeingReadError(EntraError):
    """Another process reads just now."""

    def __init__(self) -> None:
        super().__init__(
            "The directory is being read just now. Look at the page Imports in a minute."
        )


def reading_due(*, now: datetime) -> bool:
    """Whether somebody, or the day, wants the directory read, and nobody does just now."""
    return EntraReading.objects.filter(_free(now), next_at__lte=now).exists()


def _free(now: datetime) -> Q:
    return Q(claim=None) | Q(claimed_at__lte=now - LEASE)


def reading_want(*, now: datetime) -> None:
    """Have the directory read by the next worker who looks."""
    EntraReading.objects.made()
    EntraReading.objects.filter(id=1).update(next_at=now)


def directory_read(*, now: datetime) -> EntraReading:
    """Read until the round is complete, groups and purposes with it; returns where it stands.

    What was read is kept when it ends early, and the next call goes on there. Raises EntraError,
    also noted in `trouble`, with the time to look again in `next_at`.
    """
    reading = _claimed(now)
    try:
        _read(reading, now)
    except EntraError as error:
        _note(reading, error, now)
        raise
    finally:
        _let_go(reading)
    _over(reading, now)
    return reading


def zones_go_on(*, now: datetime) -> None:
    """Ask for the time zones that the readings before had no time for. Raises EntraError."""
    reading = _claimed(now)
    try:
        with closing(graph_session()) as graph:
            zones_look(graph=graph, now=now)
    finally:
        _let_go(reading)


def _let_go(reading: EntraReading) -> None:
    EntraReading.objects.filter(claim=reading.claim).update(claim=None, claimed_at=None)


def _claimed(now: datetime) -> EntraReading:
    """One conditional UPDATE decides who reads. Another tenant's position is of no use."""
    EntraReading.objects.made()
    free = EntraReading.objects.filter(_free(now), id=1)
    if not free.update(claim=uuid.uuid4(), claimed_at=now):
        raise BeingReadError
    reading: EntraReading = EntraReading.objects.here()
    return reading


def _read(reading: EntraReading, now: datetime) -> None:
    where, graph = tenant(), graph_session()
    try:
        if reading.tenant != where.id:
            _from_nothing(reading, where.id)
        try:
            _round(reading, graph, now)
        except (Gone, IncompleteError):
            # Once a call: a position that is refused right after a new start is no position.
            _from_nothing(reading, where.id)
            _round(reading, graph, now)
        rules = EntraRules.current()
        members_read(reading=reading, graph=graph, groups=rules.groups)
        if rules.ask_purpose:
            purposes_read(graph=graph)
        zones_look(graph=graph, now=now)
    finally:
        graph.close()


def _from_nothing(reading: EntraReading, tenant_id: str) -> None:
    with transaction.atomic():
        reading.tenant, reading.link, reading.full = tenant_id, "", True
        _move(reading)
        EntraPage.objects.all().delete()


def _round(reading: EntraReading, graph: GraphClient, now: datetime) -> None:
    """Put pages away until the last; each with the way on, so that neither is without the other."""
    while True:
        page = page_get(graph, reading.link)
        with transaction.atomic():
            if page.changes:
                EntraPage.objects.create(changes=page.changes)
            if page.last:
                round_merge(reading=reading, link=page.link, now=now)
            else:
                reading.link = page.link
            _move(reading)
        if page.last:
            return


def _move(reading: EntraReading) -> None:
    """Whoever was taken for dead meanwhile changes nothing."""
    own = EntraReading.objects.filter(id=1, claim=reading.claim)
    if not own.update(tenant=reading.tenant, link=reading.link, full=reading.full):
        raise BeingReadError


def _note(reading: EntraReading, error: EntraError, now: datetime) -> None:
    failures = reading.failures + 1
    EntraReading.objects.filter(claim=reading.claim).update(
        failures=failures, trouble=str(error), next_at=now + _wait(error, failures)
    )


def _wait(error: EntraError, failures: int) -> timedelta:
    """As long as Graph says; doubled each time when it does not say; an hour when it said no."""
    said = error.retry_after if isinstance(error, Throttled | Unreachable) else None
    if said is not None:
        return timedelta(seconds=said)
    if not is_passing(error):
        return _LATER
    return min(_PATIENCE * float(2 ** min(failures - 1, 10)), _LONGEST)


def is_passing(error: EntraError) -> bool:
    """Whether the next try may fare better by itself; after a 401 it brings another token."""
    of_the_token = isinstance(error, Refused) and error.status == _UNAUTHORIZED
    return of_the_token or isinstance(error, Throttled | Unreachable)


def _over(reading: EntraReading, now: datetime) -> None:
    daily = EntraRules.current().daily
    reading.failures, reading.trouble = 0, ""
    reading.next_at = now + EVERY if daily else None
    reading.save(update_fields=["failures", "trouble", "next_at"])
