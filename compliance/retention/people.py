"""What is held of people outside of their assignments: deleted with their directory entry."""

from collections.abc import Collection, Mapping
from uuid import UUID

from accounts.directory.models import Employee
from accounts.imports.forgetting import imports_forget
from compliance.campaigns.forgetting import managers_blank
from compliance.notices.models import Notice
from compliance.reminders.forgetting import leaves_forget
from compliance.retention.models import LegalHold
from ledger.vault import values_forget

_TEXTS = ("first_name", "last_name", "email", "external_id")


def imports_of_people_forget(people: Collection[UUID]) -> dict[str, int]:
    """What imports still hold; first of all, because whoever applies an import locks it first.

    Raises Refusal while an import is being read.
    """
    rows = Employee.objects.filter(pk__in=people).values_list(*_TEXTS)
    gone = imports_forget(text for row in rows for text in (*row, *_together(*row[:2])) if text)
    return {"imports": gone.imports, "import_rows": gone.rows}


def _together(first: str, last: str) -> tuple[str, str]:
    """Both names as one word, as names of files have them, and as some languages write them."""
    return f"{first}{last}", f"{last}{first}"


def traces_forget(numbers: Mapping[UUID, int]) -> dict[str, int]:
    """Every row that holds or names one of these people (employee id → number); counts by kind.

    The directory entries themselves are left: they go last, under the erasure's event.
    """
    refs = [f"employee:{pk}" for pk in numbers]
    holds = LegalHold.objects.filter(employee__in=numbers)
    return {
        "named_as_manager": managers_blank(numbers),
        "leaves": leaves_forget(list(numbers)),
        "notices": Notice.objects.filter(addressee__in=refs).delete()[0],
        "holds": holds.update(reason=""),
        "vault": values_forget(refs),
    }
