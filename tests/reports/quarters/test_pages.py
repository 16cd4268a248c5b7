"""The pages of quarters and standing exports: what they show, do and refuse."""

from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.signin.models import User
from accounts.signin.services import user_deactivate
from compliance.campaigns.models import Campaign
from reports.models import Export, StandingExport
from reports.quarters.closing import periods_close
from reports.quarters.models import QuarterRule, Run
from tests.factories import NOON
from tests.reports.quarters.conftest import NEW_YEAR, beat, export_of

QUARTERS, RULE, STANDING, NEW = (
    "/exports/quarters/", "/exports/quarters/rule", "/exports/standing/", "/exports/standing/new",
)  # fmt: skip
WANTED = {
    "name": "For the works council",
    "every": "month",
    "kind": "csv",
    "edition": "pseudonymous",
    "keep_months": "3",
}


@pytest.fixture
def mine(as_alice: Client, campaign: Campaign) -> StandingExport:
    assert as_alice.post(NEW, {**WANTED, "campaigns": [campaign.pk]}).status_code == 302
    return StandingExport.objects.get()


def text(client: Client, address: str, data: Any = None) -> str:
    return client.get(address, data).content.decode()


def test_the_year_shows_each_quarter_with_its_files(
    campaign: Campaign, aino: User, as_aino: Client, django_assert_max_num_queries: Any
) -> None:
    with time_machine.travel(NOON, tick=False):
        as_aino.force_login(aino)
        assert "This quarter. Its evidence is made" in text(as_aino, QUARTERS)
    beat(NEW_YEAR)
    export = Export.objects.get()
    as_aino.force_login(aino)
    with django_assert_max_num_queries(15):
        page = text(as_aino, QUARTERS, {"day": "2026-12-31"})
    assert "Q4 2026" in page
    assert export.sha256 in page
    assert "Kept until 31 December 2036" in page
    assert "Optrail, for Q4 2026" in text(as_aino, "/exports/")
    assert "Optrail, for Q4 2026" in text(as_aino, reverse("export", args=[export.pk]))
    assert reverse("export_download", args=[export.pk]) in page
    assert "Change the rule" not in page


def test_who_lost_their_role_gets_no_file(
    campaign: Campaign, as_aino: Client, aino: User, ada: User
) -> None:
    """The role is looked at when somebody downloads, not when they signed in."""
    beat(NEW_YEAR)
    download = reverse("export_download", args=[Export.objects.get().pk])
    assert as_aino.post(download).status_code == 200
    user_deactivate(user=aino, by=ada, now=NEW_YEAR)
    assert as_aino.post(download).status_code == 302


def test_nonsense_for_a_day_shows_this_year(campaign: Campaign, as_aino: Client) -> None:
    for day in ("x", "2026-13-01", "", "0000-00-00"):
        assert as_aino.get(QUARTERS, {"day": day}).status_code == 200
    for day in ("0001-01-01", "9999-12-31"):
        assert as_aino.get(QUARTERS, {"day": day}).status_code == 200


def test_an_administrator_changes_the_rule(as_ada: Client, db: None) -> None:
    assert as_ada.post(RULE, {"first_month": "7", "keep_years": "6"})["Location"] == QUARTERS
    assert QuarterRule.objects.get().first_month == 7
    assert "July" in text(as_ada, QUARTERS)
    for wrong in (
        {"first_month": "13", "keep_years": "6"},
        {"first_month": "7", "keep_years": "0"},
    ):
        assert "field-invalid" in as_ada.post(RULE, wrong).content.decode()


def test_an_officer_tries_again_what_was_given_up_and_an_auditor_cannot(
    campaign: Campaign, as_alice: Client, as_aino: Client
) -> None:
    periods_close(now=NEW_YEAR)
    Run.objects.update(settled_at=NEW_YEAR, error="The disk is full.")
    assert "Try again" not in text(as_aino, QUARTERS, {"day": "2026-12-31"})
    for address in (STANDING, "/exports/"):
        assert "1 export given up" in text(as_alice, address)
    page = text(as_alice, QUARTERS, {"day": "2026-12-31"})
    assert "The disk is full." in page
    again = reverse("run_repeat", args=[Run.objects.get().pk])
    assert again in page
    assert as_alice.post(again, follow=True).status_code == 200
    assert Run.objects.get().settled_at is None
    assert "nothing to try again" in as_alice.post(again, follow=True).content.decode()


def test_an_officer_orders_changes_and_stops(
    mine: StandingExport, as_alice: Client, as_aino: Client
) -> None:
    assert "For the works council" in text(as_aino, STANDING)
    page, edit = (
        reverse("standing_export", args=[mine.pk]),
        reverse("standing_edit", args=[mine.pk]),
    )
    assert "Nothing made yet" in text(as_aino, page)
    assert "Stop" not in text(as_aino, page).partition("<main")[2]
    assert as_alice.get(edit).status_code == 200
    assert as_alice.post(edit, {**WANTED, "every": "week"})["Location"] == page
    mine.refresh_from_db()
    assert (mine.every, mine.campaigns.count()) == ("week", 0)
    assert "field-invalid" in as_alice.post(edit, {**WANTED, "every": "hour"}).content.decode()
    stop = reverse("standing_end", args=[mine.pk])
    assert "An officer stopped it." in as_alice.post(stop, follow=True).content.decode()
    assert "was stopped" in as_alice.post(stop, follow=True).content.decode()
    assert "was stopped" in as_alice.post(edit, WANTED).content.decode()
    assert "Stopped (1)" in text(as_alice, STANDING)


def test_another_officer_stops_it_but_cannot_change_it(
    mine: StandingExport, as_ada: Client
) -> None:
    edit = reverse("standing_edit", args=[mine.pk])
    assert "Only its owner" in as_ada.post(edit, WANTED).content.decode()
    assert as_ada.post(reverse("standing_end", args=[mine.pk])).status_code == 302
    mine.refresh_from_db()
    assert mine.stopped_at


def test_a_standing_export_shows_what_was_made(mine: StandingExport, as_aino: Client) -> None:
    StandingExport.objects.update(created_at=NOON)
    beat(NEW_YEAR)
    page = text(as_aino, reverse("standing_export", args=[mine.pk]))
    assert "December 2026" in page
    assert export_of(mine.runs.get()).sha256 in page


def test_an_order_without_a_name_or_kind_is_refused_in_words(as_alice: Client, db: None) -> None:
    for missing in ("name", "every", "kind", "edition", "keep_months"):
        answer = as_alice.post(NEW, {**WANTED, missing: ""})
        assert answer.status_code == 200
        assert "field-invalid" in answer.content.decode()
    assert not StandingExport.objects.exists()
