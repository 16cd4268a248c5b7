"""Preview: set beside the directory what a run's rows would do to it, in set-based statements."""

from functools import partial, reduce
from operator import or_
from typing import Any

from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Concat, JSONArray, JSONObject

from accounts.directory.models import Employee
from accounts.entra.directory.models import EntraAccount
from accounts.imports.models import ImportRun, Outcome, StagedRow, StagedRowQuerySet
from accounts.imports.reading.names import rank
from accounts.imports.staging import BATCH, batches, search_text, sort_name
from accounts.imports.statements import (
    Differs,
    search_texts_update,
    staged_from_directory,
)
from accounts.sets import statistics_refresh

# Columns of Employee that a file may speak about, and the fields that speak for them.
ATTRIBUTES = {
    "email": {"email"},
    "external_id": {"external_id"},
    "first_name": {"first_name", "last_name", "full_name"},
    "last_name": {"first_name", "last_name", "full_name"},
    "job_title": {"job_title"},
    "department": {"department"},
    "country": {"country"},
    "time_zone": {"time_zone"},
    "office": {"office"},
    "employment_type": {"employment_type"},
    "language": {"language"},
    "manager_id": {"manager"},
}
_SEARCHED = ("last_name", "first_name", "department")
_TAKEN = "belongs to somebody else in the directory, whom the file does not give a new address"


def rows_compare(*, run: ImportRun) -> None:
    """Match the run's rows with people, give each its outcome and count them; saves nothing of the
    run.
    """
    rows = StagedRow.objects.filter(run=run)
    for field in ("email", "external_id"):
        _mark_repeated(rows, field, _column(run, field))
    _match(rows)
    if run.from_entra:
        _match_by_number(rows)
    while _mark_taken_addresses(rows, _column(run, "email")):
        pass
    if "manager" in run.fields:
        _find_managers(rows)
    _complete_from_directory(run)
    statistics_refresh(StagedRow)
    _decide(rows)
    _count(run, rows)


def _column(run: ImportRun, field: str) -> str:
    """The file's column for a field; of several the one that counts first."""
    columns = [entry["column"] for entry in run.mapping if entry["field"] == field]
    return min(columns, key=partial(rank, field), default="")


def _error(column: str, field: str, reason: object) -> dict[str, object]:
    remark = JSONObject(column=Value(column), value=F(field), reason=reason)
    return {"outcome": Outcome.ERROR, "errors": JSONArray(remark)}


def _mark_repeated(rows: StagedRowQuerySet, field: str, column: str) -> None:
    """Of two rows with one address or id, the later is an error."""
    earlier = rows.filter(**{field: OuterRef(field)}, line__lt=OuterRef("line")).order_by("line")
    # The first in the index: one value may stand in a hundred thousand rows, and a join over
    # them would look at each pair.
    first = Subquery(earlier.values("line")[:1])
    reason = Concat(Value("stands on line "), Cast(first, CharField()), Value(" already"))
    filled = rows.good().exclude(**{field: None}).exclude(**{field: ""})
    repeated = filled.annotate(first=first).filter(first__isnull=False)
    repeated.update(**_error(column, field, reason))


def _match(rows: StagedRowQuerySet) -> None:
    """By the id of the company's own system first, then by address for whoever is still unnamed."""
    by_id = Employee.objects.filter(external_id=OuterRef("external_id"))
    _set_known(rows.exclude(external_id=None), by_id)
    named = rows.filter(known=True, person_id=OuterRef("id"))
    by_address = Employee.objects.filter(~Exists(named), email=OuterRef("email"))
    _set_known(rows.filter(known=False).exclude(email=""), by_address)


def _match_by_number(rows: StagedRowQuerySet) -> None:
    """Somebody from an earlier file, by the personnel number that Entra holds too.

    Last, and only with one of their names: numbers of two systems can be the same by accident.
    """
    accounts = EntraAccount.objects.annotate(number=KT("told__employeeId")).filter(
        number__isnull=False
    )
    mine = accounts.filter(oid=OuterRef(OuterRef("external_id"))).values("number")
    staged = accounts.filter(oid__in=rows.values("external_id")).values("number")
    several = staged.annotate(count=Count("oid")).filter(count__gt=1).values("number")
    same_name = Q(first_name=OuterRef("first_name")) & ~Q(first_name="")
    same_name |= Q(last_name=OuterRef("last_name")) & ~Q(last_name="")
    named = rows.filter(known=True, person_id=OuterRef("id"))
    people = Employee.objects.filter(same_name, ~Exists(named), external_id=Subquery(mine))
    people = people.exclude(external_id__in=several)
    _set_known(rows.filter(known=False), people)


def _set_known(rows: StagedRowQuerySet, people: QuerySet[Employee]) -> None:
    rows.filter(Exists(people)).update(known=True, person_id=Subquery(people.values("id")[:1]))


def _mark_taken_addresses(rows: StagedRowQuerySet, column: str) -> int:
    """Somebody else's address is free only when a good row of the file moves them away from it."""
    moves = rows.good().filter(person_id=OuterRef("id")).exclude(email=OuterRef("email"))
    owner = Employee.objects.filter(~Exists(moves), email=OuterRef("email")).exclude(
        id=OuterRef("person_id")
    )
    return rows.good().filter(Exists(owner)).update(**_error(column, "email", Value(_TAKEN)))


def _find_managers(rows: StagedRowQuerySet) -> None:
    """By address, by id, then by a name that is one person's; in the file before the directory."""
    file, directory = rows.good(), Employee.objects.all()
    for field in ("email", "external_id"):
        _set_manager(rows, file.filter(**{field: OuterRef("manager_key")}), "person_id")
        _set_manager(rows, directory.filter(**{field: OuterRef("manager_key")}), "id")
    named = rows.exclude(manager_name="")
    _set_manager(named, file.filter(name_key=OuterRef("manager_name")), "person_id")
    # Of those who work here, for that is what the index on names begins with.
    here = Employee.objects.active().filter(sort_name=OuterRef("manager_sort_name"))
    _set_manager(named, here, "id")
    file.filter(manager_id=F("person_id")).update(manager_id=None)


def _set_manager(rows: StagedRowQuerySet, candidates: QuerySet[Any], key: str) -> None:
    """Set the manager of rows that lack one, where there is exactly one candidate."""
    waiting = rows.good().filter(manager_id=None).exclude(manager_key="")
    one = waiting.filter(Exists(candidates), ~Exists(candidates.order_by(key)[1:2]))
    one.update(manager_id=Subquery(candidates.values(key)[:1]))


def _complete_from_directory(run: ImportRun) -> None:
    """What the file does not say of a known person stays: the row becomes the whole picture
    afterwards.
    """
    silent = [name for name, fields in ATTRIBUTES.items() if not fields & run.fields]
    if silent:
        staged_from_directory(run, {name: f"e.{name}" for name in silent})
    kept = {
        "external_id": "COALESCE(s.external_id, e.external_id)",
        "language": "CASE WHEN s.language = '' THEN e.language ELSE s.language END",
    }
    empty = "s.external_id IS NULL OR s.language = ''"
    if run.from_entra:  # most mailboxes tell no time zone, and files may
        kept["time_zone"] = "CASE WHEN s.time_zone = '' THEN e.time_zone ELSE s.time_zone END"
        empty += " OR s.time_zone = ''"
    staged_from_directory(run, kept, f"({empty})")
    if not set(_SEARCHED).isdisjoint(silent):
        _renew_search_texts(run)


def _renew_search_texts(run: ImportRun) -> None:
    """Lower case is the business of Python: SQLite's own knows ASCII only."""
    rows = run.staged.good().filter(known=True).only("email", *_SEARCHED)
    for batch in batches(rows.iterator(chunk_size=BATCH)):
        search_texts_update([_search_text(row) for row in batch])


def _search_text(row: StagedRow) -> tuple[str, str, int]:
    text = search_text(row.last_name, row.first_name, row.email, row.department)
    return text, sort_name(row.last_name, row.first_name, row.email), row.pk


def _decide(rows: StagedRowQuerySet) -> None:
    """New, changed, unchanged or leaver; somebody new who has left already is recorded as a
    leaver.
    """
    good = rows.good()
    here = Employee.objects.filter(id=OuterRef("person_id"), active=True)
    differs = Employee.objects.filter(id=OuterRef("person_id")).filter(
        reduce(or_, (Q(Differs(F(name), OuterRef(name))) for name in ATTRIBUTES)) | Q(active=False)
    )
    known = good.filter(known=True)
    good.filter(known=False, active=False).update(outcome=Outcome.LEAVER)
    known.filter(Exists(here), active=False).update(outcome=Outcome.LEAVER)
    known.filter(Exists(differs), active=True).update(outcome=Outcome.CHANGED)
    known.filter(outcome=Outcome.NEW).update(outcome=Outcome.UNCHANGED)


def _count(run: ImportRun, rows: StagedRowQuerySet) -> None:
    counts = dict(rows.order_by().values_list("outcome").annotate(n=Count("id")))
    run.rows = sum(counts.values())
    run.new, run.changed = counts.get(Outcome.NEW, 0), counts.get(Outcome.CHANGED, 0)
    run.unchanged, run.leavers = counts.get(Outcome.UNCHANGED, 0), counts.get(Outcome.LEAVER, 0)
    run.errors, run.missing = counts.get(Outcome.ERROR, 0), missing_people(run).count()


def missing_people(run: ImportRun) -> QuerySet[Employee]:
    """Active people whom no row of the run is about, be it a good row or a broken one."""
    named = StagedRow.objects.filter(run=run, person_id=OuterRef("id"))
    return Employee.objects.active().filter(~Exists(named))
