"""The officer's pages of guides: a day, a draft, and where each page stands."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse

from compliance.guides import services
from compliance.guides.models import GuideVersion

TODAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def today(time_machine: Any) -> None:
    """The day that the pages tell."""
    time_machine.move_to(TODAY, tick=False)


@pytest.fixture
def draft(linkedin: GuideVersion) -> GuideVersion:
    """Version 2, a draft, of a guide of the company's own."""
    first = services.guide_copy(version=linkedin, name="Our guide")
    services.version_publish(version=first, user=None, now=TODAY)
    return services.version_draft(guide=first.guide)


def address(name: str, version: GuideVersion, language: str = "de") -> str:
    known = {"slug": version.guide.slug, "number": version.number, "language": language}
    wanted = {
        "guides": (),
        "guide_new": (),
        "guide": ("slug",),
        "guide_draft": ("slug",),
        "guide_text": ("slug", "number", "language"),
    }.get(name, ("slug", "number"))
    return reverse(name, kwargs={key: known[key] for key in wanted})
