"""Apply: what a preview showed becomes the directory, in a handful of statements."""

from datetime import datetime

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat

from accounts.directory.models import Employee, LeftReason
from accounts.imports.matching import ATTRIBUTES, missing_people
from accounts.imports.models import ImportRun, Outcome, StagedRow
from accounts.imports.statements import directory_from_staged
from accounts.sets import insert_select

_COPIED = (*ATTRIBUTES, "search_text", "sort_name")


def people_apply(*, run: ImportRun, now: datetime) -> None:
    """Change, add and retire people as the run's rows say; the caller holds the transaction."""
    _retire(run, now)
    if run.complete and run.missing:
        missing_people(run).update(
            active=False, left_at=now, left_reason=LeftReason.MISSING, updated_at=now
        )
    _free_keys(run)
    _change(run, now)
    _add(run, now)


def _free_keys(run: ImportRun) -> None:
    """Two people may swap addresses: everybody who moves lets go of theirs before anyone takes
    one.
    """
    moving = StagedRow.objects.filter(
        ~Q(email=OuterRef("email")) | ~Q(external_id=OuterRef("external_id")),
        run=run,
        outcome=Outcome.CHANGED,
        person_id=OuterRef("id"),
    )
    parked = Concat(Cast("id", CharField()), Value("@moving.invalid"))
    Employee.objects.filter(Exists(moving)).update(email=parked, external_id=None)


def _change(run: ImportRun, now: datetime) -> None:
    directory_from_staged(
        run,
        Outcome.CHANGED,
        {name: f"s.{name}" for name in _COPIED}
        | {
            "active": ("%s", True),
            "left_at": "NULL",
            "left_reason": ("%s", ""),
            "updated_at": ("%s", _moment(now)),
        },
    )


def _add(run: ImportRun, now: datetime) -> None:
    gone = Q(outcome=Outcome.LEAVER)
    rows = (
        run.staged.good()
        .filter(known=False)
        .annotate(
            works_here=Case(
                When(gone, then=Value(False)), default=Value(True), output_field=BooleanField()
            ),
            gone_at=Case(
                When(gone, then=Coalesce("left_at", Value(now))), output_field=DateTimeField()
            ),
            gone_why=Case(
                When(gone, then=Value(LeftReason.INACTIVE)),
                default=Value(""),
                output_field=CharField(),
            ),
            at=Value(now, output_field=DateTimeField()),
        )
    )
    values = rows.values_list(
        "person_id", *_COPIED, "works_here", "gone_at", "gone_why", "at", F("at")
    )
    insert_select(
        Employee,
        ["id", *_COPIED, "active", "left_at", "left_reason", "created_at", "updated_at"],
        values,
    )


def _retire(run: ImportRun, now: datetime) -> None:
    directory_from_staged(
        run,
        Outcome.LEAVER,
        {
            "active": ("%s", False),
            "left_at": ("COALESCE(s.left_at, %s)", _moment(now)),
            "left_reason": ("%s", LeftReason.INACTIVE.value),
            "updated_at": ("%s", _moment(now)),
        },
    )


def _moment(now: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(now)
