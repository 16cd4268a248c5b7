"""Factories with traits: rows as the services would leave them."""

from datetime import UTC, date, datetime
from uuid import uuid4

import factory
from django.contrib.auth.hashers import make_password

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.policy import Policy
from compliance.guides.models import GuideVersion
from compliance.reminders.models import UNDER_WAY, WAITING, Message, State

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"user{n}@example.com")
    name = factory.Faker("name")
    role = "officer"
    password = factory.LazyFunction(lambda: make_password(None))


class EmployeeFactory(factory.django.DjangoModelFactory[Employee]):
    class Meta:
        model = Employee

    class Params:
        left = factory.Trait(active=False, left_at=NOON, left_reason="missing")

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    external_id = factory.Sequence(lambda n: f"E{n:05d}")
    first_name = factory.Sequence(lambda n: f"First{n}")
    last_name = factory.Sequence(lambda n: f"Last{n}")
    department = "Engineering"
    country = "DE"
    employment_type = "Employee"
    language = "en"
    sort_name = factory.LazyAttribute(lambda o: f"{o.last_name}, {o.first_name}".lower())
    search_text = factory.LazyAttribute(
        lambda o: f"{o.last_name} {o.first_name} {o.email} {o.department}".lower()
    )


class CampaignFactory(factory.django.DjangoModelFactory[Campaign]):
    """A draft of the LinkedIn campaign that opens on 2026-11-23 (a Monday)."""

    class Meta:
        model = Campaign

    class Params:
        running = factory.Trait(state="running", launched_at=NOON, launched_seq=0)
        paused = factory.Trait(state="paused", launched_at=NOON, launched_seq=0)
        closed = factory.Trait(state="closed", launched_at=NOON, launched_seq=0, closed_at=NOON)

    name = factory.Sequence(lambda n: f"LinkedIn {n}")
    guide_version = factory.LazyFunction(
        lambda: GuideVersion.objects.filter(guide__slug="linkedin-ai-training").latest("number")
    )
    opens_on = date(2026, 11, 23)
    due_on = date(2026, 12, 11)
    closes_on = date(2026, 12, 31)
    policy = factory.LazyFunction(lambda: Policy.from_text("3, 7, 12").to_json())
    legal_basis = "legitimate_interest"
    retention_months = 36


class AssignmentFactory(factory.django.DjangoModelFactory[Assignment]):
    """Somebody asked in a running campaign, attributes frozen from the employee."""

    class Meta:
        model = Assignment

    class Params:
        invited = factory.Trait(
            invited_on=date(2026, 11, 23),
            counts_from=date(2026, 11, 23),
            mailed_on=date(2026, 11, 23),
        )
        excluded = factory.Trait(exclusion="no_setting_in_country")

    campaign = factory.SubFactory(CampaignFactory, running=True)
    employee = factory.SubFactory(EmployeeFactory)
    email = factory.SelfAttribute("employee.email")
    external_id = factory.LazyAttribute(lambda o: o.employee.external_id or "")
    first_name = factory.SelfAttribute("employee.first_name")
    last_name = factory.SelfAttribute("employee.last_name")
    department = factory.SelfAttribute("employee.department")
    country = factory.SelfAttribute("employee.country")
    employment_type = factory.SelfAttribute("employee.employment_type")
    sort_name = factory.SelfAttribute("employee.sort_name")
    time_zone = factory.SelfAttribute("employee.time_zone")
    due_on = factory.SelfAttribute("campaign.due_on")
    language = "en"


class MessageFactory(factory.django.DjangoModelFactory[Message]):
    """An invitation that is due."""

    class Meta:
        model = Message

    assignment = factory.SubFactory(AssignmentFactory)
    step = 0
    planned_at = NOON
    # As the services leave it: something is still to be done only about these.
    next_at = factory.LazyAttribute(
        lambda o: NOON if getattr(o, "state", State.PENDING) in (*WAITING, *UNDER_WAY) else None
    )
    lease_owner = factory.LazyAttribute(lambda o: uuid4() if hasattr(o, "lease_until") else None)
