"""What people said, together and by group, as far as it may be shown."""

from dataclasses import dataclass

from accounts.imports.reading.countries import country_name
from compliance.answers import ANSWERS
from compliance.campaigns.answer_names import ANSWER_NAMES
from compliance.campaigns.models import Campaign
from compliance.campaigns.progress import GROUPS, answers_by_group, answers_together
from compliance.campaigns.suppression import SMALLEST_SHOWN, Shown, suppressed

_BAR = 100  # the width of the bar, so that parts are percents


@dataclass(frozen=True)
class Part:
    """One answer's part of the bar; `series` picks its colour, which judges nothing."""

    name: str
    people: int
    series: int
    x: float
    width: float


@dataclass(frozen=True)
class Breakdown:
    """The answers by one attribute. `rows`: group and its counts in the order of the answers."""

    attribute: str
    rows: list[tuple[str, list[int]]]
    hidden: tuple[str, ...]


@dataclass(frozen=True)
class AnswerBreakdowns:
    """The answers of everyone, and by group; no parts while too few have answered."""

    people: int
    parts: list[Part]
    names: list[str]
    groups: list[Breakdown]


def answer_breakdowns(campaign: Campaign) -> AnswerBreakdowns:
    """The answers of a campaign with small groups hidden."""
    by_attribute = {attribute: answers_by_group(campaign, attribute) for attribute in GROUPS}
    whole = answers_together(by_attribute[GROUPS[0]])
    people, names = sum(whole.values()), [ANSWER_NAMES[code] for code in ANSWERS]
    if people < SMALLEST_SHOWN:
        return AnswerBreakdowns(people, [], names, [])
    groups = [_breakdown(name, suppressed(by_attribute[name], whole)) for name in GROUPS]
    return AnswerBreakdowns(people, _parts(whole), names, groups)


def _breakdown(attribute: str, shown: Shown) -> Breakdown:
    rows = [(name, list(counts.values())) for name, counts in shown.groups.items()]
    if attribute == "country":
        rows.sort(key=lambda row: country_name(row[0]))
    return Breakdown(attribute, rows, shown.hidden)


def _parts(whole: dict[str, int]) -> list[Part]:
    parts, x, people = [], 0.0, sum(whole.values())
    for series, code in enumerate(ANSWERS, start=1):
        width = _BAR * whole[code] / people
        parts.append(Part(ANSWER_NAMES[code], whole[code], series, round(x, 2), round(width, 2)))
        x += width
    return parts
