"""Who is asked: the directory's people that match, frozen at launch in one statement."""

from django.db.models import BigIntegerField, Case, CharField, Count, F, Q, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, Trim

from accounts.directory.models import Employee, EmployeeQuerySet
from accounts.sets import RandomUUID, insert_select, statistics_refresh
from compliance.campaigns.models import Assignment, Campaign, Exclusion

# A campaign's audience: its keys, and the employee's attribute that each of them limits.
LIMITS = {
    "countries": "country",
    "departments": "department",
    "employment_types": "employment_type",
}
# As they are in the directory on the day of the launch.
_COPIED = (
    "email",
    "first_name",
    "last_name",
    "department",
    "country",
    "office",
    "employment_type",
    "time_zone",
    "sort_name",
)
_FROZEN = (
    "id",
    "salt",
    "campaign",
    "employee",
    "due_on",
    "joined_seq",
    "external_id",
    "manager",
    "manager_name",
    "language",
    "exclusion",
)


def audience(campaign: Campaign) -> EmployeeQuerySet:
    """Everyone in scope now, the excluded included; the campaign need not be saved yet."""
    limits = {
        f"{attribute}__in": campaign.audience[key]
        for key, attribute in LIMITS.items()
        if campaign.audience.get(key)
    }
    return Employee.objects.active().filter(**limits)


def asked(campaign: Campaign) -> EmployeeQuerySet:
    """Those of the audience who would be mailed."""
    return audience(campaign).annotate(reason=_exclusion(campaign)).filter(reason="")


def exclusions(campaign: Campaign) -> dict[str, int]:
    """Why how many of the audience would not be asked, were it frozen now: {reason: people}."""
    people = audience(campaign).annotate(reason=_exclusion(campaign)).exclude(reason="")
    counts = people.order_by().values_list("reason").annotate(people=Count("id"))
    return dict(counts.order_by("reason"))


def audience_freeze(campaign: Campaign) -> int:
    """Copy the audience into assignments, in the launch's transaction; returns how many."""
    frozen = assignments_add(campaign, audience(campaign), due_on=Value(campaign.due_on))
    statistics_refresh(Assignment)
    return frozen


def assignments_add(
    campaign: Campaign,
    people: EmployeeQuerySet,
    *,
    due_on: Case | Value,
    joined_seq: int | None = None,
) -> int:
    """Copy `people` into assignments as they are now, in one statement; returns how many."""
    rows = people.order_by().values_list(
        *_COPIED,
        RandomUUID(),
        RandomUUID(),
        Value(campaign.pk),
        F("id"),
        due_on,
        Cast(Value(joined_seq), BigIntegerField()),
        Coalesce("external_id", Value("")),
        F("manager_id"),
        _manager_name(),
        _language(campaign),
        _exclusion(campaign),
    )
    return insert_select(Assignment, (*_COPIED, *_FROZEN), rows)


def frozen_exclusions(campaign: Campaign, *, joined_seq: int | None = None) -> dict[str, int]:
    """Why how many were not asked when launched, or of those who joined then: {reason: people}."""
    excluded = campaign.assignments.exclude(exclusion="").filter(joined_seq=joined_seq)
    counts = excluded.order_by().values_list("exclusion").annotate(people=Count("id"))
    return dict(counts.order_by("exclusion"))


def _exclusion(campaign: Campaign) -> Case:
    """Why somebody is not asked, '' for those who are: the guide's region rule on the first day."""
    without: frozenset[str] = frozenset()
    if not campaign.ask_everywhere:
        content = campaign.guide_version.parsed
        without = content.countries_without_setting(campaign.opens_on)
    return Case(
        When(country__in=sorted(without), then=Value(Exclusion.NO_SETTING_IN_COUNTRY.value)),
        default=Value(""),
        output_field=CharField(),
    )


def _language(campaign: Campaign) -> Case:
    """A person's own language where the guide has it, else the campaign's, else English."""
    content = campaign.guide_version.parsed
    exact = [When(language__iexact=code, then=Value(code)) for code in content.languages]
    primary = [
        When(_speaks(code.partition("-")[0]), then=Value(code)) for code in content.languages
    ]
    fallback = Value(content.language_for(campaign.language))
    return Case(*exact, *primary, default=fallback, output_field=CharField())


def _speaks(primary: str) -> Q:
    return Q(language__iexact=primary) | Q(language__istartswith=f"{primary}-")


def _manager_name() -> Coalesce:
    full = Trim(Concat("manager__first_name", Value(" "), "manager__last_name"))
    either = (NullIf(full, Value("")), F("manager__email"), Value(""))
    return Coalesce(*either, output_field=CharField())
