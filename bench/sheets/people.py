"""The people whose sheet is written: 15 columns, as in a real Population; the same in every run.

Standard library only: the other ways run in an environment of their own.
"""

from collections.abc import Iterator
from random import Random
from uuid import UUID

COLUMNS = {
    "Last name": "name", "First name": "name", "Address": "name", "Employee no.": "word",
    "Department": "name", "Country": "word", "Office": "word", "Manager": "name",
    "Language": "word", "Due": "word", "Status": "word", "Answer": "word",
    "Answered at": "time", "Ledger no.": "count", "Assignment": "identifier",
}  # fmt: skip
_LAST = ("Ünal", "O’Brien", "Berger", "Conti", "Zimmer", "Nakamura")
_DEPARTMENTS = ("Sales", "Research & Development", "Legal", "Operations", "People")
_COUNTRIES = (("DE", "Berlin", "de"), ("US", "Austin", "en"), ("JP", "Tōkyō", "ja"))
_ANSWERS = ("was_off", "turned_off", "left_on", None)

Row = tuple[str | int | None, ...]


def people(count: int) -> Iterator[Row]:
    """So many rows, each made when it is asked for."""
    dice = Random(1)
    for number in range(count):
        country, office, language = _COUNTRIES[number % 3]
        answer = _ANSWERS[number % 4]
        at = f"2026-11-{number % 28 + 1:02}T09:15:00.{dice.randrange(10**6):06}Z"
        yield (
            f"{_LAST[number % 6]} {number % 977}", f"First{number % 5003}",
            f"person{number}@example.com", f"{number:06}", _DEPARTMENTS[number % 5], country,
            office, f"Manager {number % 300}", language, "2026-12-11",
            "answered" if answer else "open", answer, at if answer else None, 3 * number + 7,
            str(UUID(int=dice.getrandbits(128))),
        )  # fmt: skip
