"""Guides: how to find one setting on one platform, in versions that never change once used."""

from datetime import date
from functools import cached_property
from typing import Any, Self

from django.db import models

from compliance.guides.content import GuideContent
from compliance.guides.parsing import parse_content


class VersionInUseError(ValueError):
    """An attempt to change or delete a published version."""


class Guide(models.Model):
    """One setting on one platform."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=150)
    platform = models.CharField(max_length=80)
    # Shipped guides come from the catalogue and are copied, not edited.
    shipped = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=1000)

    class Meta:
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """How the ledger names this guide."""
        return f"guide:{self.pk}"

    def latest(self) -> "GuideVersion | None":
        """The newest published version, the one a new campaign uses."""
        return self.versions.published().order_by("-number").first()

    def draft(self) -> "GuideVersion | None":
        """The version that is being written, if there is one."""
        return self.versions.filter(published_at=None).order_by("-number").first()


class GuideVersionQuerySet(models.QuerySet["GuideVersion"]):
    """Reads of guide versions."""

    def published(self) -> Self:
        """Those that a campaign may use."""
        return self.filter(published_at__isnull=False)


class GuideVersion(models.Model):
    """One exact wording; a draft until it is published, then it never changes."""

    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    # The content as parsed from the catalogue's TOML (see compliance.guides.content).
    content = models.JSONField()
    # SHA-256 of the canonical content, in hex: what the ledger and the export commit to.
    digest = models.CharField(max_length=64)
    verified_on = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = GuideVersionQuerySet.as_manager()

    class Meta:
        ordering = ("guide", "number")
        constraints = (
            models.UniqueConstraint(fields=["guide", "number"], name="guide_version_once"),
        )

    def __str__(self) -> str:
        return f"{self.guide} v{self.number}"

    @cached_property
    def parsed(self) -> GuideContent:
        """The content with names and types: texts by language, steps, regions, facts."""
        return parse_content(self.content, where=str(self))

    @property
    def published(self) -> bool:
        """Whether campaigns may use it; from then on it never changes."""
        return self.published_at is not None

    def stale_on(self, today: date) -> bool:
        """Whether nobody has verified it for more than 90 days."""
        return self.parsed.stale(today)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save a draft. Raises VersionInUseError for a published version."""
        self._refuse_when_published()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete a draft. Raises VersionInUseError for a published version."""
        self._refuse_when_published()
        return super().delete(*args, **kwargs)

    def _refuse_when_published(self) -> None:
        # What the database says counts, not what this object remembers.
        if self.pk and type(self).objects.published().filter(pk=self.pk).exists():
            raise VersionInUseError(
                f"“{self}” is published and never changes. Write a new version instead."
            )
