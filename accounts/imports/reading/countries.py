"""Countries by code, and by name in English, German and each country's own languages."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.languages import get_official_languages
from babel.localedata import exists

# Babel's territories that are no country: outlying parts, unions, and codes for tests.
_NO_COUNTRY = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)
_ALPHA_2, _ALPHA_3 = 2, 3
# What exports write and no list of territories knows.
_OTHER_NAMES = {
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "großbritannien": "GB", "grossbritannien": "GB",
    "united kingdom of great britain & northern ireland": "GB", "united states of america": "US",
    "vereinigte staaten von amerika": "US", "amerika": "US", "america": "US", "holland": "NL",
    "the netherlands": "NL", "el": "GR", "czech republic": "CZ", "tschechische republik": "CZ",
    "slovak republic": "SK", "turkey": "TR", "türkiye": "TR", "korea": "KR",
    "korea, republic of": "KR", "republic of korea": "KR", "südkorea": "KR",
    "russian federation": "RU", "russische föderation": "RU", "viet nam": "VN", "hong kong": "HK",
    "hongkong": "HK", "hong kong sar": "HK", "macau": "MO", "macao": "MO",
    "taiwan, province of china": "TW", "uae": "AE", "iran, islamic republic of": "IR",
    "moldova, republic of": "MD", "republic of moldova": "MD", "brasil": "BR", "macedonia": "MK",
    "mazedonien": "MK", "ivory coast": "CI", "elfenbeinküste": "CI", "swaziland": "SZ",
    "weißrussland": "BY", "burma": "MM", "cape verde": "CV", "bosnia": "BA", "bosnien": "BA",
    "p.r. china": "CN", "people's republic of china": "CN", "mainland china": "CN",
    "republic of ireland": "IE", "eire": "IE", "kosovo": "XK", "federal republic of germany": "DE",
    "bundesrepublik deutschland": "DE",
}  # fmt: skip


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """ISO 3166-1 alpha-2 for a code (2 or 3 letters, 3 digits) or a name; "" when unknown."""
    key = _key(text)
    if key.upper() in codes():
        return key.upper()
    return _other_codes().get(key.upper()) or _by_name(key) or _by_name(key.partition(" (")[0])


def _by_name(key: str) -> str:
    return _common_names().get(key) or _own_names().get(key, "")


@lru_cache(maxsize=1)
def codes() -> frozenset[str]:
    """Every country's two-letter code."""
    known = map(str, Locale("en").territories)
    return (
        frozenset(code for code in known if len(code) == _ALPHA_2 and code.isalpha()) - _NO_COUNTRY
    )


def country_name(code: str) -> str:
    """The country's English name, or the code itself when there is none."""
    return str(Locale("en").territories.get(code, code))


def _key(text: str) -> str:
    words = unicodedata.normalize("NFC", text).casefold().replace("’", "'").split()
    return " ".join("&" if word in ("and", "und") else word for word in words)


@lru_cache(maxsize=1)
def _other_codes() -> dict[str, str]:
    aliases: Mapping[str, list[str]] = get_global("territory_aliases")
    return {
        alias: targets[0]
        for alias, targets in aliases.items()
        if len(alias) == _ALPHA_3 and len(targets) == 1 and targets[0] in codes()
    }


@lru_cache(maxsize=1)
def _common_names() -> dict[str, str]:
    return (
        _names_in("en", codes())
        | _names_in("de", codes())
        | {_key(name): code for name, code in _OTHER_NAMES.items()}
    )


@lru_cache(maxsize=1)
def _own_names() -> dict[str, str]:
    """Each country's name in its own official languages; built when the common names are not
    enough.
    """
    wanted: dict[str, set[str]] = {}
    for code in codes():
        for language in get_official_languages(code, de_facto=True):
            if exists(language):
                wanted.setdefault(language, set()).add(code)
    names: dict[str, str] = {}
    for language, countries in wanted.items():
        names |= _names_in(language, frozenset(countries))
    return names


def _names_in(language: str, countries: frozenset[str]) -> dict[str, str]:
    territories = Locale.parse(language).territories
    return {_key(territories[code]): code for code in countries if code in territories}
