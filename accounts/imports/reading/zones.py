"""Time zones by their IANA names, and by the names that Microsoft's directories export."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import available_timezones

from babel.core import get_global

from accounts.imports.reading.values import Unusable

# What the database of zones has besides zones.
_NO_ZONE = frozenset({"Factory", "localtime", "posixrules"})


@lru_cache(maxsize=1024)
def time_zone(value: str) -> str:
    """The IANA name of a zone written as `Europe/Berlin` or `W. Europe Standard Time`; '' stays ''.

    Raises Unusable, with the name that comes nearest.
    """
    if not value:
        return ""
    found = _names().get(_key(value))
    if found:
        return found
    raise Unusable(f"an unknown time zone: {_advice(value)}")


def _advice(value: str) -> str:
    near = get_close_matches(_key(value), _spellings(), n=1, cutoff=0.75)
    return f"is it {_spellings()[near[0]]}?" if near else "write a name such as Europe/Berlin"


def _key(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").split())


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    windows: Mapping[str, str] = get_global("windows_zone_mapping")
    known = available_timezones() - _NO_ZONE
    translated = {_key(name): zone for name, zone in windows.items() if zone in known}
    return translated | {_key(name): name for name in known}


@lru_cache(maxsize=1)
def _spellings() -> dict[str, str]:
    """Every name, and places alone: whoever writes `Berlin` is told what to write instead."""
    places = {key.rpartition("/")[2]: zone for key, zone in _names().items() if "/" in key}
    return places | _names()
