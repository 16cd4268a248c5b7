"""From consent to campaign: the tenant's five thousand people, by two people in a real browser."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.company import Company
from tests.journeys.test_in_a_browser import draft, launch
from tests.journeys.test_microsoft import connected, enter, fill
from tests.readable import everyone_can_read
from tests.standins.entra import Realm
from tests.standins.graph import Graph
from tests.standins.sink import Sink

pytestmark = pytest.mark.large
PEOPLE = 5_000
LOOK = "from accounts.imports.tasks import sync_directory; sync_directory()"


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[tuple[Realm, Company]]:
    """Five thousand people, guests among them, and nobody has consented to anything yet."""
    with Sink(tmp_path) as sink, connected(tmp_path, EMAIL_URL=sink.url) as (realm, company):
        realm.graph = graph = Graph(realm)
        realm.consented = False
        for number in range(PEOPLE):
            country = ("DE", "US", "FR")[number % 3]
            graph.users.add(
                f"person{number}@example.com", "First", f"Last{number}", usageLocation=country
            )
        graph.users.add("guest@elsewhere.example", "Gerda", "Guest", userType="Guest")
        yield realm, company
        assert not graph.limits.violations


def test_an_officer_reads_five_thousand_people_and_asks_them(
    tenant: tuple[Realm, Company], browser: Browser
) -> None:
    expect.set_options(timeout=20_000)
    realm, company = tenant
    with opened(browser) as page:
        ada_connects(page, company)
    realm.add("alice@example.com", "Alice Officer", "Optrail.Officer")
    realm.add("mallory@example.com", "Mallory Outsider")
    with opened(browser) as page:
        enter(page, company, "mallory@example.com")
        expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
        everyone_can_read(page)
        page.get_by_role("button", name="With another account").click()
        fill(page, "alice@example.com")
        read_people(page, company)
        preview_and_apply(page)
        draft(page)
        assert launch(page) == PEOPLE
    assert realm.calls("/users/delta") == 6
    assert company.json("verify_ledger")["ok"] is True


@contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    """A browser of one's own; what measures pages is a script, which theirs forbid."""
    context = browser.new_context(ignore_https_errors=True, bypass_csp=True)
    yield context.new_page()
    context.close()


def ada_connects(page: Page, company: Company) -> None:
    """She consents where Microsoft asks for it, and the check says what that changed."""
    ada = company.json("create_user", "ada@example.com", "--role", "admin")
    page.goto(ada["sign_in_url"])
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{company.address}/microsoft/")
    page.get_by_role("button", name="Check everything").click()
    expect(page.get_by_text("People may not be read")).to_be_visible()
    everyone_can_read(page)
    page.get_by_role("link", name="Give the admin consent").click()
    expect(page.get_by_text("An administrator of the tenant has consented")).to_be_visible()
    page.get_by_role("button", name="Check everything").click()
    expect(page.get_by_text("People may be read (User.Read.All)")).to_be_visible()
    expect(page.get_by_text("Nothing is granted that Optrail does not use")).to_be_visible()


def read_people(page: Page, company: Company) -> None:
    """She asks for it; the worker does it."""
    page.get_by_role("link", name="Past imports").click()
    page.get_by_role("link", name="People from Microsoft").click()
    everyone_can_read(page)
    page.get_by_role("button", name="Read now").click()
    expect(page.get_by_text("Microsoft is being asked")).to_be_visible()
    page.goto("about:blank")  # she may leave the page, which would look again by itself
    company.manage("shell", "--no-imports", "-v0", "-c", LOOK)
    page.goto(f"{company.address}/imports/microsoft/")
    expect(page.get_by_role("heading", name="A reading waits for your yes")).to_be_visible()
    expect(tile(page, "Guests")).to_contain_text("1")
    everyone_can_read(page)


def preview_and_apply(page: Page) -> None:
    page.get_by_role("link", name="Look and apply").click()
    expect(tile(page, "new")).to_contain_text("5,000")
    everyone_can_read(page)
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.get_by_role("heading", name="Applied")).to_be_visible()


def tile(page: Page, label: str) -> Locator:
    """A figure with its name."""
    return page.locator(".tiles > *").filter(has_text=re.compile(label)).first
