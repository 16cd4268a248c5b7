"""What a guide version says: wording, facts, and where and since when the setting is shown."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta

from compliance.answers import ANSWERS
from compliance.guides.regions import COUNTRIES, EVERYWHERE, region_tokens
from ledger.canonical import canonical_json

STALE_AFTER = timedelta(days=90)
FALLBACK_LANGUAGE = "en"


@dataclass(frozen=True)
class Source:
    """Where a fact comes from; `date` is the page's day, or the day it was read."""

    id: str
    title: str
    url: str
    date: date


@dataclass(frozen=True)
class Fact:
    """One thing the guide rests on; `certainty` is H (high) or M (medium, with a note)."""

    text: str
    certainty: str
    source: str = ""
    officer_note: str = ""

    @property
    def certain(self) -> bool:
        """Whether the officer need not look twice."""
        return self.certainty == "H"


@dataclass(frozen=True)
class Region:
    """Countries in which the setting is shown from one day on, and up to before another."""

    regions: tuple[str, ...]
    shown_from: date
    shown_until: date | None = None
    note: str = ""
    source: str = ""

    def shown_on(self, day: date) -> bool:
        """Whether the setting is shown here on `day`; `shown_until` is the first day without it."""
        return self.shown_from <= day and (self.shown_until is None or day < self.shown_until)

    @property
    def label(self) -> str:
        """The countries in few words: `EEA, CA, CH, HK`."""
        return ", ".join(region_tokens(frozenset(self.regions)))

    @property
    def everywhere_else(self) -> bool:
        """Whether this is the rule for countries that no other rule names."""
        return EVERYWHERE in self.regions


@dataclass(frozen=True)
class Link:
    """A further page worth opening."""

    label: str
    url: str


@dataclass(frozen=True)
class Steps:
    """The way to the setting, by device."""

    desktop: tuple[str, ...]
    mobile: tuple[str, ...]


@dataclass(frozen=True)
class GuideText:
    """What an employee reads, in one language. `answers`: code → label, for all seven codes."""

    title: str
    question: str
    why: str
    steps: Steps
    good_to_know: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Code and label of each answer, in the order in which the page shows them."""
        return [(code, self.answers[code]) for code in ANSWERS]


@dataclass(frozen=True)
class GuideContent:
    """Everything one guide version says."""

    platform: str
    setting: str
    toggle: str
    verified_on: date
    texts: Mapping[str, GuideText]
    deep_link: str = ""
    facts: tuple[Fact, ...] = ()
    sources: tuple[Source, ...] = ()
    regions: tuple[Region, ...] = ()

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it is written in; English first where it has it."""
        return tuple(sorted(self.texts, key=lambda code: (code != FALLBACK_LANGUAGE, code)))

    def language_for(self, wanted: str) -> str:
        """The language in which somebody who wants `wanted` (BCP 47, or '') reads it."""
        candidates = (wanted, wanted.partition("-")[0].lower(), FALLBACK_LANGUAGE)
        return next((code for code in candidates if code in self.texts), self.languages[0])

    def text(self, wanted: str = "") -> GuideText:
        """What somebody who wants `wanted` reads; see `language_for`."""
        return self.texts[self.language_for(wanted)]

    def setting_shown(self, country: str, on: date) -> bool | None:
        """Whether the platform shows the setting in `country` on that day; None when unknown.

        A country's own rules win over the rule for everywhere else; without any rule the setting
        counts as shown everywhere. Somebody whose country is unknown ('') is asked.
        """
        if not country:
            return None
        if not self.regions:
            return True
        own = [region for region in self.regions if country in region.regions]
        rules = own or [region for region in self.regions if region.everywhere_else]
        return any(rule.shown_on(on) for rule in rules)

    def countries_without_setting(self, on: date) -> frozenset[str]:
        """The country codes in which the setting is not shown on that day, for SQL's IN."""
        return frozenset(code for code in COUNTRIES if self.setting_shown(code, on) is False)

    def stale(self, today: date) -> bool:
        """Whether nobody has verified it for more than 90 days."""
        return today - self.verified_on > STALE_AFTER

    def plain(self) -> dict[str, object]:
        """As JSON holds it, in the catalogue's keys; what is empty is left out."""
        return _plain_table(asdict(self))

    def digest(self) -> str:
        """SHA-256 in hex over the canonical JSON: the name of this exact wording."""
        return hashlib.sha256(canonical_json(self.plain()).encode()).hexdigest()


def _plain_table(table: Mapping[str, object]) -> dict[str, object]:
    return {key: _plain(value) for key, value in table.items() if value not in (None, "", (), {})}


def _plain(value: object) -> object:
    match value:
        case date():
            return value.isoformat()
        case tuple() | list():
            return [_plain(item) for item in value]
        case Mapping():
            return _plain_table(value)
    return value
