"""The pages of quarters in a real browser: everyone can read them."""

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from accounts.signin.models import User
from compliance.campaigns.models import Campaign
from reports.models import StandingExport
from reports.quarters.models import Run
from tests.readable import everyone_can_read_all
from tests.reports.quarters.conftest import NEW_YEAR, beat
from tests.reports.quarters.test_pages import NEW, QUARTERS, RULE, STANDING, WANTED

pytestmark = [pytest.mark.large, pytest.mark.django_db(transaction=True)]


def test_everyone_can_read_the_pages_of_quarters(
    browser: Browser, live_server: LiveServer, campaign: Campaign, as_ada: Client, ada: User
) -> None:
    """One quarter with files, one given up, and a standing export. Tried with a label taken away:
    found by axe."""
    as_ada.post(NEW, {**WANTED, "campaigns": [campaign.pk]})
    beat(NEW_YEAR)
    Run.objects.filter(standing=None).update(export=None, error="The disk is full.")
    as_ada.force_login(ada)
    standing = StandingExport.objects.get().pk
    paths = [
        QUARTERS, f"{QUARTERS}?day=2026-12-31", RULE, STANDING, NEW,
        reverse("standing_export", args=[standing]), reverse("standing_edit", args=[standing]),
    ]  # fmt: skip
    assert everyone_can_read_all(browser, live_server.url, as_ada, paths) == 14
