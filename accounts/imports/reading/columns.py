"""Which column holds what: by its name, by its content, or because the officer says so."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from accounts.imports.reading.countries import country_code
from accounts.imports.reading.errors import MappingNeeded
from accounts.imports.reading.names import (
    FIELDS,
    KNOWN_NAMES,
    LOGIN_NAMES,
    SEVERAL,
    has_rank,
    plain_name,
)
from accounts.imports.reading.values import looks_like_email, status_is_known

_USER_TYPES = {"member", "guest"}
_ALL_NAMES = frozenset(name for names in KNOWN_NAMES.values() for name in names) | set(LOGIN_NAMES)

# Header and field of each column, in the file's order; "" for a column that is not read.
Mapped = list[dict[str, str]]


def looks_like_header(cells: Sequence[str]) -> bool:
    """Whether the row names at least two known columns, or is one that names an address; a row
    that holds an address is about somebody, though their job be “Manager” and their state “active”.
    """
    if holds_address(cells):
        return False
    known = [name for name in map(plain_name, cells) if name in _ALL_NAMES]
    return len(known) > 1 or any(name in KNOWN_NAMES["email"] for name in known)


def holds_address(cells: Sequence[str]) -> bool:
    """Whether a cell is an e-mail address, as none of a header's is."""
    return any(looks_like_email(cell.strip()) for cell in cells)


def recognise(header: Sequence[str], sample: Sequence[Sequence[str]]) -> Mapped:
    """A proposal: each column's field by its name; the content decides where they are ambiguous."""
    fields = [""] * len(header)
    plain = [plain_name(cell) for cell in header]
    contents = [_filled(sample, place) for place in range(len(header))]
    for field in ("user_type", "status", *KNOWN_NAMES):
        for place in _places(field, plain, contents):
            if not fields[place]:
                fields[place] = field
                if field not in SEVERAL:
                    break
    _keep_one_address(fields)
    _add_logins(fields, plain, contents)
    _add_by_content(fields, plain, contents)
    return [
        {"column": name.strip(), "field": field} for name, field in zip(header, fields, strict=True)
    ]


def _places(field: str, plain: Sequence[str], contents: Sequence[list[str]]) -> list[int]:
    fits = _FITS.get(field)
    places = [
        place for name in KNOWN_NAMES[field] for place, header in enumerate(plain) if header == name
    ]
    return [place for place in places if fits is None or _mostly(contents[place], fits)]


def _is_user_type(value: str) -> bool:
    return value.casefold() in _USER_TYPES


# `Status` may be somebody's marital status, `userType` an employment type: here content decides.
_FITS: dict[str, Callable[[str], bool]] = {"status": status_is_known, "user_type": _is_user_type}


def _filled(sample: Sequence[Sequence[str]], place: int) -> list[str]:
    return [row[place].strip() for row in sample if place < len(row) and row[place].strip()]


def _mostly(values: Sequence[str], fits: Callable[[str], bool]) -> bool:
    return bool(values) and sum(map(fits, values)) >= 0.8 * len(values)


def _keep_one_address(fields: list[str]) -> None:
    """Of several address columns the first in the file's order of names counts: never a private
    one.
    """
    taken = [place for place, field in enumerate(fields) if field == "email"]
    for place in taken[1:]:
        fields[place] = ""


def _add_logins(fields: list[str], plain: Sequence[str], contents: Sequence[list[str]]) -> None:
    for name in LOGIN_NAMES:
        for place, header in enumerate(plain):
            if (
                header == name
                and fields[place] in ("", "external_id")
                and _mostly(contents[place], looks_like_email)
            ):
                fields[place] = "email"
                return


# Words in a header that say: an address or a country, but not the one that is asked for.
_ANOTHER = {
    "email": "home|priv|personal|recovery|second|alternat|manager|supervis|vorgesetz|emergency",
    "country": "birth|geburt|nation|citizen|staatsang|state|provinc|region|bundesland|currenc|home",
}
_LONGEST_CODE = 3


def _add_by_content(fields: list[str], plain: Sequence[str], contents: Sequence[list[str]]) -> None:
    for field, fits in (("email", looks_like_email), ("country", _looks_like_country)):
        places = [
            place
            for place, values in enumerate(contents)
            if not fields[place]
            and not re.search(_ANOTHER[field], plain[place])
            and _mostly(values, fits)
        ]
        if field not in fields and places:
            fields[places[0]] = field


def _looks_like_country(value: str) -> bool:
    """A name or an upper-case code: in lower case, `de` and `it` are as likely languages."""
    return (len(value) > _LONGEST_CODE or value.isupper()) and bool(country_code(value))


def corrected(mapping: Mapped, wishes: Mapping[str, str]) -> Mapped:
    """`mapping` with the officer's wishes, header → field ("" reads the column no more).

    A wish for a field that takes one column frees the column that had it.
    Raises MappingNeeded for an unknown field, and a column that is not there or there twice.
    """
    places = {_place(mapping, column): _field(field) for column, field in wishes.items()}
    wished = set(places.values())
    return [
        {
            "column": entry["column"],
            "field": places.get(place, "" if entry["field"] in wished else entry["field"]),
        }
        for place, entry in enumerate(mapping)
    ]


def _place(mapping: Mapped, column: str) -> int:
    places = [place for place, entry in enumerate(mapping) if entry["column"] == column.strip()]
    if not places:
        raise MappingNeeded(
            f"The file has no column “{column}”. It has: "
            f"{_listed(entry['column'] for entry in mapping)}."
        )
    if len(places) > 1:
        raise MappingNeeded(
            f"The file has {len(places)} columns “{column}”. Give each its own name in the file."
        )
    return places[0]


def _field(field: str) -> str:
    if field and field not in FIELDS:
        raise MappingNeeded(f"“{field}” is not a field. Fields are: {_listed(FIELDS)}.")
    return field


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def check(mapping: Mapped) -> None:
    """Raises MappingNeeded when the mapping cannot lead to people: no address, or two columns for
    one field of which nothing says which one counts first.
    """
    fields = dict.fromkeys(entry["field"] for entry in mapping if entry["field"])
    if "email" not in fields:
        raise MappingNeeded(
            "No column was recognised as the e-mail address. Say which one holds it; the file has: "
            f"{_listed(entry['column'] or '(no name)' for entry in mapping[:40])}."
        )
    for field in fields:
        columns = [entry["column"] for entry in mapping if entry["field"] == field]
        if field in SEVERAL:
            columns = [column for column in columns if not has_rank(field, column)]
        if len(columns) > 1:
            named = _listed(f"“{column}”" for column in columns)
            raise MappingNeeded(f"{named} are all read as “{FIELDS[field]}”. Choose one of them.")
