"""An officer signs in through the tenant, in a real browser, over TLS on both sides."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.company import Company, sqlite_database
from tests.parts import ROOT, free_port, wait_for_port
from tests.standins.entra import Realm, realm_open
from tests.standins.entra.server import certificate_for_site

pytestmark = pytest.mark.large
PATHS = ("sign-in/microsoft/back", "sign-in/", "microsoft/")


@contextmanager
def served(company: Company, certificate: Path) -> Iterator[None]:
    """The pages over TLS, as behind a company's proxy: `__Host-` cookies need it."""
    command = (
        "gunicorn", "config.wsgi:application", "-b", f"127.0.0.1:{company.port}",
        "--log-level", "warning", "--threads", "2",
        "--certfile", str(certificate), "--keyfile", str(certificate),
    )  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=company.env)
    try:
        wait_for_port(company.port, 30)
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def connected(folder: Path, **env: str) -> Iterator[tuple[Realm, Company]]:
    """A tenant that knows Optrail's addresses, and an Optrail that knows the tenant."""
    company = Company(folder, sqlite_database(folder))
    company.port = free_port()
    company.address = f"https://localhost:{company.port}"
    back = [f"{company.address}/{path}" for path in PATHS]
    realm = Realm(back, f"{company.address}/sign-in/microsoft/signed-out")
    with realm_open(realm, folder):
        certificate = certificate_for_site(realm, folder / "site.pem")
        company.env |= {**realm.environment(), "PUBLIC_URL": company.address, **env}
        company.manage("migrate", "-v0")
        with served(company, certificate):
            yield realm, company


@pytest.fixture
def realm(tmp_path: Path) -> Iterator[tuple[Realm, Company]]:
    """Nobody signs in but by Microsoft."""
    with connected(tmp_path, LOCAL_SIGN_IN="off") as both:
        yield both


def test_an_officer_signs_in_and_out_through_the_tenant(
    realm: tuple[Realm, Company], browser: Browser
) -> None:
    expect.set_options(timeout=20_000)
    tenant, company = realm
    tenant.add("alice@example.com", "Alice Officer", "Optrail.Officer")
    tenant.add("mallory@example.com", "Mallory Outsider")
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    enter(page, company, "mallory@example.com")
    expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
    expect(page.get_by_text("have no role in Optrail")).to_be_visible()
    page.get_by_role("button", name="With another account").click()
    fill(page, "alice@example.com")
    expect(page.get_by_text("Alice Officer")).to_be_visible()
    assert page.url.startswith(company.address)
    leave_there(page, tenant, company)
    fill_and_leave_here(page, company)
    context.close()
    assert company.json("verify_ledger")["ok"] is True


def enter(page: Page, company: Company, account: str) -> None:
    page.goto(f"{company.address}/people/")
    page.get_by_role("button", name="Sign in with Microsoft").click()
    fill(page, account)


def fill(page: Page, account: str) -> None:
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    page.get_by_label("Account").fill(account)
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()


def leave_there(page: Page, tenant: Realm, company: Company) -> None:
    """Out at Microsoft ends the session here as well, in a frame that nobody sees."""
    page.goto(f"{tenant.url}/{tenant.id}/oauth2/v2.0/logout")
    expect(page.get_by_role("heading", name="You signed out")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.goto(f"{company.address}/people/")
    expect(page.get_by_role("button", name="Sign in with Microsoft")).to_be_visible()


def fill_and_leave_here(page: Page, company: Company) -> None:
    """Out here, then there: the tenant leads back to us."""
    enter(page, company, "alice@example.com")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out of Optrail")).to_be_visible()
    page.get_by_role("link", name="Sign out at Microsoft too").click()
    page.wait_for_url(f"{company.address}/sign-in/")
