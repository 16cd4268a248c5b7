"""What people call guides, countries and departments, looked up; nobody is left to guess."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from accounts.directory.models import Employee
from accounts.directory.people import values_in_use
from compliance.guides.models import Guide, GuideVersion
from compliance.guides.regions import country_names
from ledger.commands import Refusal

_SUGGESTIONS = 3


def guide_named(slug: str) -> GuideVersion:
    """The newest published version of a guide. Raises Refusal with the nearest slugs."""
    guide = Guide.objects.filter(slug=slug).first()
    if guide is None:
        raise Refusal(_unknown("guide", slug, Guide.objects.values_list("slug", flat=True)))
    version = guide.latest()
    if version is None:
        raise Refusal(f"“{guide}” has no published version. Publish its draft first.")
    return version


def audience_named(
    *, countries: Iterable[str], departments: Iterable[str], employment_types: Iterable[str]
) -> dict[str, list[str]]:
    """A campaign's audience. Raises Refusal naming what nobody has, and what comes nearest."""
    names = country_names()
    wanted = {
        "countries": sorted({code.strip().upper() for code in countries}),
        "departments": sorted({name.strip() for name in departments}),
        "employment_types": sorted({name.strip() for name in employment_types}),
    }
    reasons = [
        *(_unknown_country(code, names) for code in wanted["countries"] if code not in names),
        *_unknown_values("department", "department", wanted["departments"]),
        *_unknown_values("employment_type", "employment type", wanted["employment_types"]),
    ]
    if reasons:
        raise Refusal(*reasons)
    return wanted


def _unknown_values(attribute: str, what: str, wanted: Sequence[str]) -> list[str]:
    people = Employee.objects.active()
    unknown = [value for value in wanted if not people.filter(**{attribute: value}).exists()]
    known = values_in_use(attribute) if unknown else []
    return [_unknown(what, value, known) for value in unknown]


def _unknown_country(code: str, names: dict[str, str]) -> str:
    by_name = {name.upper(): known for known, name in names.items()}
    nearest = [by_name[name] for name in get_close_matches(code, by_name, _SUGGESTIONS, 0.6)]
    nearest += get_close_matches(code, sorted(names), _SUGGESTIONS, 0.5)
    hints = ", ".join(f"{known} ({names[known]})" for known in nearest[:_SUGGESTIONS])
    advice = f" Nearest: {hints}." if hints else ""
    return f"Unknown country “{code}”: write a two-letter code such as DE.{advice}"


def _unknown(what: str, value: str, known: Iterable[str]) -> str:
    choices: Sequence[str] = list(known)
    lowered = {choice.lower(): choice for choice in choices}
    nearest = [
        lowered[near] for near in get_close_matches(value.lower(), lowered, _SUGGESTIONS, 0.5)
    ]
    shown = nearest or sorted(choices)[:_SUGGESTIONS]
    advice = ", ".join(f"“{choice}”" for choice in shown)
    return f"Unknown {what} “{value}”. " + (
        f"Nearest: {advice}." if shown else "There is none yet."
    )
