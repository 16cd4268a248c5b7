"""One value of one cell: addresses, states, dates and languages as people's systems write them."""

import re
import unicodedata
from datetime import date
from functools import lru_cache

from babel import Locale
from babel.core import UnknownLocaleError
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from accounts.imports.reading.sheets import UNCOMPUTED

_SPREADSHEET_ERRORS = frozenset(
    {
        "#N/A",
        "#REF!",
        "#NAME?",
        "#VALUE!",
        "#DIV/0!",
        "#NULL!",
        "#NUM!",
        "#SPILL!",
        "#CALC!",
        "#NV",
        "#BEZUG!",
        "#WERT!",
    }
)
# What stands in a cell that means "nothing".
_NOTHING = frozenset({"-", "–", "—", "n/a", "na", "none", "null", "(none)", "no_manager", "\\n"})
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))
_AMONG_SPACES = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")

_LOST = re.compile("[\ufffd\ufffe\uffff\ud800-\udfff]")

_ACTIVE = frozenset(
    {
        "true", "1", "yes", "y", "ja", "active", "aktiv", "enabled", "aktiviert", "employed",
        "current", "working", "onboarding", "leave", "on leave", "paid leave", "unpaid leave",
        "parental leave", "beurlaubt", "elternzeit", "provisioned", "staged", "recovery",
        "password_expired", "password expired", "password reset", "locked_out", "locked out",
        "pending user action", "t", "wahr", "a", "probation", "notice period",
    }
)  # fmt: skip
_GONE = frozenset(
    {
        "false", "0", "no", "n", "nein", "inactive", "inaktiv", "disabled", "deaktiviert",
        "terminated", "suspended", "archived", "deprovisioned", "deactivated", "left", "leaver",
        "former", "ehemalig", "ausgeschieden", "ausgetreten", "gekündigt", "retired", "deceased",
        "resigned", "dismissed", "f", "falsch", "deleted",
    }
)  # fmt: skip

_valid_address = EmailValidator()
_WRITTEN_LANGUAGES = {"english": "en", "englisch": "en", "german": "de", "deutsch": "de"}


class Unusable(ValueError):  # noqa: N818 - a verdict on a cell, not an error of ours
    """The value cannot be taken; the text is the reason, with what to do."""


def cleaned(value: str) -> str:
    """The value as one line of NFC text, without control and invisible characters.

    Raises Unusable for a spreadsheet's error and for letters lost to a wrong encoding.
    """
    if value == UNCOMPUTED:
        raise Unusable(
            "a formula without a stored value: open the file in your spreadsheet program, save "
            "it, upload again"
        )
    if value in _SPREADSHEET_ERRORS:
        raise Unusable("a spreadsheet error: mend the cell")
    if not value.isprintable():
        value = _AMONG_SPACES.sub(" ", value.translate(_INVISIBLE))
    if not value.isascii():
        if _LOST.search(value):
            raise Unusable(
                "letters were lost when the file was written: save it again as CSV (UTF-8)"
            )
        value = unicodedata.normalize("NFC", value)
    value = value.strip()
    return "" if value.casefold() in _NOTHING else value


_LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less the brackets


def fitting(value: str, longest: int | None) -> str:
    """The value itself. Raises Unusable when it is longer than `longest` characters."""
    if longest and len(value) > longest:
        raise Unusable(f"longer than {longest} characters: shorten it")
    return value


def address(value: str) -> str:
    """A mail address in lower case. Raises Unusable."""
    if not value:
        raise Unusable("no address: everybody needs one to be asked")
    if "<" in value or value.lower().startswith("mailto:"):
        raise Unusable("write the address alone, without a name or brackets")
    if any(mark in value for mark in ";, "):
        raise Unusable("more than an address: write exactly one, without spaces")
    if len(value) > _LONGEST_ADDRESS:
        raise Unusable("longer than 254 characters, which no mail server takes")
    try:
        _valid_address(value)
    except ValidationError as error:
        raise Unusable("not a valid e-mail address") from error
    return value.lower()


def looks_like_email(value: str) -> bool:
    """Whether a column of such values holds addresses; cheaper and laxer than `address`."""
    name, _, domain = value.strip().partition("@")
    return bool(name) and "." in domain and " " not in value and "@" not in domain


def works_here(value: str) -> bool:
    """Whether a status means that somebody works here now. Raises Unusable for an unknown one."""
    key = value.casefold()
    if key in _GONE:
        return False
    if not key or key in _ACTIVE:
        return True
    raise Unusable("an unknown status: write active or inactive, or do not read this column")


def status_is_known(value: str) -> bool:
    """Whether `works_here` understands the value."""
    return value.strip().casefold() in _ACTIVE | _GONE


_NUMBERS = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{2,4})(?:[T ].*)?\Z")


def day(value: str) -> date | None:
    """A date: 2026-11-30, 30.11.2026, or with slashes when it can mean one day only. Raises
    Unusable.
    """
    if not value or value.startswith(("0000", "00.00")):
        return None
    parts = _NUMBERS.match(value)
    if not parts:
        raise Unusable("not a date: write it as 2026-11-30")
    first, second, third = (int(number) for number in parts.groups())
    try:
        return _day(value, first, second, third)
    except Unusable:
        raise
    except ValueError as error:
        raise Unusable("no such day: write it as 2026-11-30") from error


_DAYS, _MONTHS, _CENTURY = 31, 12, 100


def _day(value: str, first: int, second: int, third: int) -> date:
    if first > _DAYS:
        return date(first, second, third)
    if third < _CENTURY:
        raise Unusable("a date without the century: write it as 2026-11-30")
    if "." in value[:3] or first > _MONTHS:
        return date(third, second, first)
    if second > _MONTHS or first == second:
        return date(third, first, second)
    raise Unusable("a date that can be read in two ways: write it as 2026-11-30")


@lru_cache(maxsize=1024)
def language(value: str) -> str:
    """A BCP 47 tag such as `de` or `pt-BR`, from a tag or an English or German name. Raises
    Unusable.
    """
    if not value:
        return ""
    tag = _WRITTEN_LANGUAGES.get(value.casefold(), value).partition(".")[0].replace("_", "-")
    for candidate in (tag, tag.partition("-")[0]):
        try:
            found = Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
        return "-".join(part for part in (found.language, found.script, found.territory) if part)[
            :12
        ]
    raise Unusable(
        "an unknown language, so the campaign's own is used: write a code such as de or en-GB"
    )


def is_guest(value: str) -> bool:
    """Whether an address or user type says that the account belongs to somebody outside."""
    return "#ext#" in value.casefold() or value.casefold() == "guest"
