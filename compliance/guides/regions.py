"""Countries and the groups of countries that a guide may name."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from babel import Locale

EVERYWHERE: Final = "*"
# Codes that the Unicode locale data lists beside the countries.
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def country_names(language: str = "en") -> dict[str, str]:
    """Country code (ISO 3166-1 alpha-2) → name in `language`."""
    names = Locale.parse(language, sep="-").territories
    return {code: name for code, name in names.items() if _is_country(code)}


def _is_country(code: str) -> bool:
    return code.isalpha() and code not in _NO_COUNTRIES  # continents have numbers


def _groups() -> dict[str, frozenset[str]]:
    data = tomllib.loads((Path(__file__).parent / "regions.toml").read_text(encoding="utf-8"))
    return {name: frozenset(codes) for name, codes in data["groups"].items()}


COUNTRIES: Final[frozenset[str]] = frozenset(country_names())
# Widest first, so that a label names the widest group that fits.
GROUPS: Final[Mapping[str, frozenset[str]]] = dict(
    sorted(_groups().items(), key=lambda group: -len(group[1]))
)


def countries_of(token: str) -> frozenset[str]:
    """The codes that `token` stands for: a group's, a country's own, or `*` itself.

    Raises ValueError with what to write instead.
    """
    token = token.strip()
    if token == EVERYWHERE:
        return frozenset({EVERYWHERE})
    if token in GROUPS:
        return GROUPS[token]
    if token.upper() in COUNTRIES:
        return frozenset({token.upper()})
    groups = ", ".join(sorted(GROUPS))
    raise ValueError(
        f"“{token}” is no country. Write a two-letter code such as DE, "
        f"a group ({groups}), or * for everywhere else."
    )


def region_tokens(codes: frozenset[str]) -> list[str]:
    """`codes` in few words: the groups that are wholly in, then the countries that are left."""
    tokens, rest = [], set(codes)
    for name, members in GROUPS.items():
        if members <= rest:
            tokens.append(name)
            rest -= members
    return tokens + sorted(rest)
