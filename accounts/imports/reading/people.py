"""One row of a table → one person with every error and note that the row deserves."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from functools import partial
from typing import Any

from accounts.imports.reading import values
from accounts.imports.reading.columns import Mapped
from accounts.imports.reading.countries import country_code
from accounts.imports.reading.errors import Remark
from accounts.imports.reading.names import rank
from accounts.imports.reading.tables import Row, Table
from accounts.imports.reading.values import Unusable
from accounts.imports.reading.zones import time_zone

_LONGEST = {
    "external_id": 128, "first_name": 150, "last_name": 150, "job_title": 150, "department": 150,
    "office": 150,
    "employment_type": 60, "full_name": 300, "manager": 310,
}  # fmt: skip
_GUEST = "a guest account, not an employee: left out"
_SHOWN = 200


@dataclass(slots=True)
class Person:
    """What a row says about somebody; `errors` keep it out, `notes` do not."""

    line: int
    email: str = ""
    external_id: str = ""
    first_name: str = ""
    last_name: str = ""
    job_title: str = ""
    department: str = ""
    country: str = ""
    time_zone: str = ""
    office: str = ""
    employment_type: str = ""
    language: str = ""
    manager: str = ""
    active: bool = True
    left_on: date | None = None
    errors: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)


_PLAIN = frozenset(_LONGEST) & {item.name for item in fields(Person)}


def read_people(table: Table, mapping: Mapped, today: date) -> Iterator[Person]:
    """Every row below the header as a Person; flat memory. Raises FileRefused while reading."""
    reader = _RowReader(mapping, today)
    return (reader.person(row) for row in table.rows())


class _RowReader:
    """Reads rows of one mapping."""

    def __init__(self, mapping: Mapped, today: date) -> None:
        self.today, self.width = today, len(mapping)
        self.columns = [entry["column"] for entry in mapping]
        self.places: dict[str, list[int]] = {}
        for place, entry in enumerate(mapping):
            if entry["field"]:
                self.places.setdefault(entry["field"], []).append(place)
        for name, places in self.places.items():
            places.sort(key=partial(self._rank, name))

    def _rank(self, field: str, place: int) -> int:
        return rank(field, self.columns[place])

    def person(self, row: Row) -> Person:
        """The row, understood; one that has the wrong number of cells still says whom it is about,
        if it can.
        """
        person = Person(row.line)
        self._read_email(person, row.cells)
        for name in _PLAIN & self.places.keys():
            setattr(person, name, self._text(person, row.cells, name))
        self._read_name(person, row.cells)
        self._read_country(person, row.cells)
        self._read_time_zone(person, row.cells)
        self._read_language(person, row.cells)
        self._read_status(person, row.cells)
        self._check_width(person, row)
        return person

    def _check_width(self, person: Person, row: Row) -> None:
        """A missing or surplus cell shifts the others: such a row is never trusted."""
        cells = len(row.cells)
        if cells < self.width or any(cell.strip() for cell in row.cells[self.width :]):
            until = f"; it runs to line {row.last_line}" if row.last_line > row.line else ""
            reason = (
                f"{cells} cells where the header has {self.width}{until}: "
                "mend the separators or quotation marks"
            )
            person.errors = [Remark("", _shown(" | ".join(row.cells)), reason)]

    def _text(self, person: Person, cells: Sequence[str], name: str) -> str:
        return self._first(person, cells, name)[1]

    def _first(self, person: Person, cells: Sequence[str], name: str) -> tuple[int, str]:
        """Place and cleaned text of the field's first filled cell; (-1, "") when there is none or
        it is unusable.
        """
        for place in self.places.get(name, ()):
            value = cells[place] if place < len(cells) else ""
            try:
                text = values.fitting(values.cleaned(value), _LONGEST.get(name))
            except Unusable as reason:
                person.errors.append(self._remark(place, value, str(reason)))
                return -1, ""
            if text:
                return place, text
        return -1, ""

    def _read_email(self, person: Person, cells: Sequence[str]) -> None:
        if self._is_guest(person, cells):
            return
        errors = len(person.errors)
        place, text = self._first(person, cells, "email")
        if len(person.errors) > errors:
            return
        person.email = self._take(
            person, place if text else self.places["email"][0], text, values.address
        )

    def _is_guest(self, person: Person, cells: Sequence[str]) -> bool:
        for place in (*self.places["email"], *self.places.get("user_type", ())):
            if place < len(cells) and values.is_guest(cells[place].strip()):
                person.errors.append(self._remark(place, cells[place], _GUEST))
                return True
        return False

    def _read_name(self, person: Person, cells: Sequence[str]) -> None:
        if person.first_name or person.last_name:
            return
        full = self._text(person, cells, "full_name")
        last, comma, first = full.partition(",")
        if not comma:
            first, _, last = full.partition(" ")
        person.first_name, person.last_name = first.strip()[:150], last.strip()[:150]

    def _read_country(self, person: Person, cells: Sequence[str]) -> None:
        place, text = self._first(person, cells, "country")
        person.country = country_code(text)
        if text and not person.country:
            person.errors.append(
                self._remark(place, text, "an unknown country: write its name or a code such as DE")
            )

    def _read_time_zone(self, person: Person, cells: Sequence[str]) -> None:
        place, text = self._first(person, cells, "time_zone")
        person.time_zone = self._take(person, place, text, time_zone) or ""

    def _read_language(self, person: Person, cells: Sequence[str]) -> None:
        place, text = self._first(person, cells, "language")
        try:
            person.language = values.language(text)
        except Unusable as reason:
            person.notes.append(self._remark(place, text, str(reason)))

    def _read_status(self, person: Person, cells: Sequence[str]) -> None:
        place, text = self._first(person, cells, "status")
        person.active = self._take(person, place, text, values.works_here) is not False
        place, text = self._first(person, cells, "leaves_on")
        person.left_on = self._take(person, place, text, values.day)
        if person.left_on and person.left_on < self.today:
            person.active = False

    def _take(self, person: Person, place: int, text: str, understand: Callable[[str], Any]) -> Any:
        try:
            return understand(text)
        except Unusable as reason:
            person.errors.append(self._remark(place, text, str(reason)))
            return "" if understand is values.address else None

    def _remark(self, place: int, value: str, reason: str) -> Remark:
        return Remark(self.columns[place], _shown(value), reason)


def _shown(value: str) -> str:
    """A value as a report may show it: one printable line of bounded length."""
    text = "".join(letter if letter.isprintable() else " " for letter in value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
