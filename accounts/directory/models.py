"""The employee directory: who can be asked."""

import uuid
from functools import reduce
from operator import and_
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.imports.reading.countries import country_code

MAX_WORDS = 8


class LeftReason(models.TextChoices):
    """Why somebody is no longer asked."""

    MISSING = "missing", "not in a complete import"
    INACTIVE = "inactive", "marked as inactive in an import"
    ERASED = "erased", "erased from the records"


class EmployeeQuerySet(models.QuerySet["Employee"]):
    """Reads of the directory."""

    def active(self) -> Self:
        """Those who work here now."""
        return self.filter(active=True)

    def matching(self, text: str) -> Self:
        """Those in whose name, address or department every word of `text` stands, and everyone of
        the country that `text` names.

        Each word is one LIKE with its wildcards escaped: the trigram index answers it from three
        letters on.
        """
        words = [Q(search_text__contains=word) for word in text.lower().split()[:MAX_WORDS]]
        everywhere = reduce(and_, words, Q())
        country = country_code(text)
        return self.filter(everywhere | Q(country=country) if country else everywhere)


class Employee(models.Model):
    """A person of the company (not a User: those sign in to Optrail)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The address that mails go to, in lower case. Personal links go there, so it is unique.
    email = models.EmailField(max_length=254, unique=True)
    # The directory's own key (Entra object id, Okta id, employee number): survives a new address.
    # NULL is "none": '' would collide.
    external_id = models.CharField(max_length=128, null=True, blank=True, unique=True)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    job_title = models.CharField(max_length=150, blank=True)
    department = models.CharField(max_length=150, blank=True)
    # ISO 3166-1 alpha-2, or '' when unknown.
    country = models.CharField(max_length=2, blank=True)
    # IANA name such as Europe/Berlin, or '' when unknown.
    time_zone = models.CharField(max_length=64, blank=True, default="", db_default="")
    office = models.CharField(max_length=150, blank=True)
    employment_type = models.CharField(max_length=60, blank=True)
    # BCP 47, or '' when unknown.
    language = models.CharField(max_length=12, blank=True)
    manager = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reports"
    )
    active = models.BooleanField(default=True)
    left_at = models.DateTimeField(null=True, blank=True)
    left_reason = models.CharField(max_length=20, blank=True, choices=LeftReason)
    # Lower-case "last first address department": what the search box looks into.
    search_text = models.TextField(blank=True, editable=False)
    # Lower-case "last, first": the order of lists; with the id it is the key of keyset paging.
    sort_name = models.CharField(max_length=310, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    objects = EmployeeQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["active", "sort_name", "id"], name="employee_page"),
            models.Index(fields=["active", "country", "sort_name", "id"], name="employee_country"),
            models.Index(
                fields=["active", "department", "sort_name", "id"], name="employee_department"
            ),
            models.Index(
                fields=["active", "employment_type", "sort_name", "id"], name="employee_type"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(active=True, left_at=None) | Q(active=False, left_at__isnull=False),
                name="employee_left_has_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"employee {self.id}"

    @property
    def name(self) -> str:
        """First and last name, or the address when there is neither."""
        return f"{self.first_name} {self.last_name}".strip() or self.email
