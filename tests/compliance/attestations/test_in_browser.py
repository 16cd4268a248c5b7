"""Two taps on a phone, in a real browser: no script, no cookie, nothing that anyone cannot read."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from compliance.attestations.models import Attestation
from compliance.campaigns.models import Assignment
from compliance.campaigns.services import campaign_close
from tests.browser import PHONE
from tests.compliance.attestations.conftest import link

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(for_bob: Assignment) -> Assignment:
    """Bob, asked today: the browser's clock is the real one."""
    campaign, today = for_bob.campaign, timezone.localdate()
    later = {"due_on": today, "closes_on": today + timedelta(days=9)}
    type(campaign).objects.filter(pk=campaign.pk).update(opens_on=today, **later)
    campaign.refresh_from_db()
    return for_bob


@pytest.fixture
def browser_context_args(request: pytest.FixtureRequest) -> dict[str, Any]:
    """A phone without scripts; a test's own needs win."""
    phone = {"viewport": PHONE, "java_script_enabled": False}
    return phone | getattr(request, "param", {})


# The pages have no script; what measures them is one.
measured = pytest.mark.parametrize(
    "browser_context_args",
    [
        {"java_script_enabled": True, "bypass_csp": True, "color_scheme": scheme}
        for scheme in ("light", "dark")
    ],
    indirect=True,
    ids=["light", "dark"],
)


def answer(page: Page, code: str) -> None:
    page.check(f"input[value={code}]")
    page.get_by_role("button", name="Weiter").click()
    page.get_by_role("button", name="Bestätigen").click()
    # The click returns when the new page has begun; a reload before its end finds no page at all.
    page.wait_for_url("**/receipt/*")


def test_two_taps_without_script_and_cookie(
    page: Page, live_server: LiveServer, asked: Assignment
) -> None:
    page.goto(live_server.url + link(asked))
    assert page.locator("input:checked").count() == 0
    answer(page, "turned_off")
    assert page.url.endswith("/receipt/1")
    assert page.get_by_role("heading", level=1).inner_text() == "Vielen Dank, Bob"
    assert Attestation.objects.get().answer == "turned_off"
    assert page.context.cookies() == []


def test_a_reload_of_the_receipt_records_nothing(
    page: Page, live_server: LiveServer, asked: Assignment
) -> None:
    """Tried with a receipt that answers the POST itself: the browser asks to send it again."""
    page.goto(live_server.url + link(asked))
    answer(page, "was_off")
    page.reload()
    assert page.get_by_role("heading", level=1).inner_text() == "Vielen Dank, Bob"
    assert Attestation.objects.count() == 1


def test_going_back_instead_of_confirming_records_nothing(
    page: Page, live_server: LiveServer, asked: Assignment
) -> None:
    page.goto(live_server.url + link(asked))
    page.check("input[value=was_off]")
    page.get_by_role("button", name="Weiter").click()
    page.get_by_text("Zurück").click()
    assert page.locator("input:checked").count() == 0
    assert not Attestation.objects.exists()


def test_the_receipt_can_be_kept(page: Page, live_server: LiveServer, asked: Assignment) -> None:
    page.goto(live_server.url + link(asked))
    answer(page, "was_off")
    with page.expect_download() as download:
        page.get_by_text("Quittung aufheben").click()
    assert download.value.suggested_filename.startswith("receipt-")


def test_the_page_asks_nobody_else_for_anything(
    page: Page, live_server: LiveServer, asked: Assignment
) -> None:
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    page.goto(live_server.url + link(asked))
    assert asked_for
    assert all(url.startswith(live_server.url) for url in asked_for)


@measured
def test_every_page_can_be_read_by_everyone_on_a_phone(
    page: Page, live_server: LiveServer, asked: Assignment
) -> None:
    """Axe finds nothing, and nothing is wider than the screen. Tried with the labels taken from
    the answers: found by axe."""
    for rest in visited(page, live_server, asked):
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], rest
        results = Axe().run(page)
        assert results.violations_count == 0, f"{rest}: {results.generate_report()}"


def visited(page: Page, live_server: Any, asked: Assignment) -> Iterator[str]:
    """Every page of the room in turn."""
    here = live_server.url + link(asked)
    page.goto(here)
    yield "answer"
    page.check("input[value=need_help]")
    page.get_by_role("button", name="Weiter").click()
    yield "confirm"
    page.get_by_role("button", name="Bestätigen").click()
    yield "receipt"
    for rest in ("", "/data", "nowhere"):
        page.goto(here + rest)
        yield rest
    campaign_close(campaign=asked.campaign, user=None, now=timezone.now())
    page.goto(here)
    yield "closed"
