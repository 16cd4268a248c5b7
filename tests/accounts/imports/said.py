"""People in a file, and what a preview or an import says about them."""

from accounts.imports.models import ImportRun
from ledger.models import Event

BOB = "E1,Bob,Berger,bob@example.com,Germany,Sales"
CARLA = "E2,Carla,Conti,carla@example.com,USA,Sales"


def counts(run: ImportRun) -> tuple[int, ...]:
    return run.new, run.changed, run.unchanged, run.leavers, run.missing, run.errors


def imported() -> list[Event]:
    return list(Event.objects.filter(body__contains='"people.imported"'))


def reasons(run: ImportRun) -> list[tuple[int, str]]:
    return [
        (row.line, remark["reason"])
        for row in run.staged.with_remarks().order_by("line")
        for remark in row.remarks
    ]
