"""What somebody looks for in the directory: the search box and the filters beside it."""

import unicodedata
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.http import QueryDict

from accounts.directory.models import Employee, EmployeeQuerySet

ACTIVE, LEFT = "active", "left"
FILTERS = ("department", "country", "employment_type")
MAX_OPTIONS = 500
MAX_TEXT = 200


@dataclass(frozen=True)
class PeopleSearch:
    """One search; an empty text means no limit."""

    text: str = ""
    department: str = ""
    country: str = ""
    employment_type: str = ""
    status: str = ACTIVE

    @classmethod
    def read(cls, query: QueryDict) -> "PeopleSearch":
        """The search that an address's query asks for; what it does not know it leaves out."""
        filters = {name: _text(query, name) for name in FILTERS}
        status = LEFT if query.get("status") == LEFT else ACTIVE
        return cls(text=_text(query, "q"), status=status, **filters)

    def people(self) -> EmployeeQuerySet:
        """Those who match, in no order yet."""
        filters = {name: getattr(self, name) for name in FILTERS if getattr(self, name)}
        everyone = Employee.objects.filter(active=self.status == ACTIVE, **filters)
        return everyone.matching(self.text) if self.text else everyone

    def query(self) -> dict[str, str]:
        """What an address's query has to say to ask for this search."""
        said = {"q": self.text, **{name: getattr(self, name) for name in FILTERS}}
        said["status"] = "" if self.status == ACTIVE else self.status
        return {name: value for name, value in said.items() if value}

    def options(self, field: str) -> list[str]:
        """The values of `field` to choose from, the chosen one always among them."""
        found = values_in_use(field, active=self.status == ACTIVE)
        chosen = getattr(self, field)
        return found if not chosen or chosen in found else [chosen, *found]


def values_in_use(field: str, *, active: bool = True) -> list[str]:
    """The values of an indexed `field` in alphabetical order, at most MAX_OPTIONS.

    Jumps through the index from each value to the next one: SELECT DISTINCT would read everyone.
    """
    table = connection.ops.quote_name(Employee._meta.db_table)
    column = connection.ops.quote_name(Employee._meta.get_field(field).name)
    next_one = f"SELECT MIN({column}) FROM {table} WHERE active = %s AND {column} >"  # noqa: S608 - names are ours
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE known(value) AS ({next_one} %s UNION ALL "  # noqa: S608
            f"SELECT ({next_one} known.value) FROM known WHERE known.value IS NOT NULL) "
            "SELECT value FROM known WHERE value IS NOT NULL LIMIT %s",
            [active, "", active, MAX_OPTIONS],
        )
        return [value for (value,) in cursor.fetchall()]


def uuid_in(query: QueryDict, name: str) -> UUID | None:
    """The id under `name`; None when there is none or it is not one."""
    try:
        return UUID(query.get(name, ""))
    except ValueError:
        return None


def _text(query: QueryDict, name: str) -> str:
    """As the import keeps texts: NFC, without what no database takes."""
    text = unicodedata.normalize("NFC", query.get(name, "")).replace("\0", "")
    return text.strip()[:MAX_TEXT]
