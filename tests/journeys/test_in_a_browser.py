"""The main job in a real browser on the embedded default: from the first page to the evidence."""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import PHONE
from tests.journeys.company import Company, rows, workbook_in
from tests.parts import ROOT, SECRETS

ENTRA = ROOT / "samples" / "entra.csv"
LINK = re.compile(r"http://127\.0\.0\.1:\d+/a/[\w-]+")
LONG = 60_000  # milliseconds: a worker looks every few seconds


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """`manage.py up` in an empty folder; yields the address that it prints."""
    inherited = {
        key: value
        for key, value in os.environ.items()
        if key not in {*SECRETS, "PUBLIC_URL", "DATABASE_URL", "COMPANY_NAME", "EMAIL_FROM"}
    }
    up = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--with-parent"],
        cwd=ROOT,
        env={**inherited, "OPTRAIL_DATA_DIR": str(tmp_path / "data")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert up.stdout is not None
    try:
        yield next(line.split()[1].rstrip("/") for line in up.stdout if line.startswith("Optrail:"))
    finally:
        up.send_signal(signal.SIGINT)
        up.communicate(timeout=60)


@pytest.mark.large
def test_an_officer_goes_from_the_first_page_to_the_audit_workbook(
    address: str, page: Page, browser: Browser, tmp_path: Path
) -> None:
    expect.set_options(timeout=10_000)
    begin(page, address)
    people = import_people(page)
    draft(page)
    asked = launch(page)
    assert 0 < asked <= people
    link = link_in_a_mail(page, address)
    answer_on_a_phone(browser, link)
    see_progress(page, address)
    reconciles(export(page, address, tmp_path), asked)
    ledger_is_intact(tmp_path)


def begin(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Name").fill("Ada Admin")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("button", name="Try it with a sample company")).to_be_visible()


def import_people(page: Page) -> int:
    page.get_by_role("link", name="Import your people").click()
    page.get_by_label("The table").set_input_files(ENTRA)
    page.get_by_role("button", name="Upload and preview").click()
    tile = page.locator(".tiles > *").filter(has_text="new").first
    people = int(re.sub(r"\D", "", tile.inner_text()))
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.get_by_role("heading", name="Applied")).to_be_visible()
    return people


def draft(page: Page) -> None:
    page.get_by_role("link", name="Campaigns").first.click()
    page.get_by_role("link", name="New campaign").first.click()
    page.get_by_label("Name", exact=True).fill("LinkedIn, autumn")
    page.get_by_label("Guide").select_option(index=1)
    page.get_by_role("button", name="Count them").click()
    expect(page.locator("#reach")).to_contain_text("asked")
    page.get_by_label("Answer by").fill("2099-12-11")
    page.get_by_label("Last day for answers").fill("2099-12-31")
    page.get_by_label("Send the invitations at once").check()
    page.get_by_label("Questions go to").fill("privacy@example.com")
    page.get_by_label("Legal basis", exact=True).select_option("legitimate_interest")
    page.get_by_role("button", name="Save the draft").click()


def launch(page: Page) -> int:
    page.get_by_role("link", name="Check and launch").click()
    expect(page.get_by_role("heading", name="Ready to launch")).to_be_visible()
    page.get_by_role("button", name="Send me a test mail").click()
    button = page.get_by_role("button", name=re.compile("^Launch: ask"))
    asked = int(re.sub(r"\D", "", button.inner_text()))
    button.click()
    expect(page.get_by_text("running").first).to_be_visible()
    return asked


def link_in_a_mail(page: Page, address: str) -> str:
    """The personal link in the first invitation; the test mail to Ada has none that works."""
    invitation = page.locator("table a").filter(has_not_text="ada@example.com").first
    for _ in range(60):
        page.goto(f"{address}/dev/mail/")
        if invitation.count():
            break
        page.wait_for_timeout(1000)
    invitation.click()
    found = LINK.search(page.locator("main").inner_text())
    assert found, "no personal link in the mail"
    return found[0]


def answer_on_a_phone(browser: Browser, link: str) -> None:
    """Without JavaScript and without cookies, as the page promises."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, is_mobile=True)
    phone = context.new_page()
    phone.goto(link)
    assert phone.locator("input[name=answer]:checked").count() == 0
    phone.locator("label", has=phone.locator("input[value=turned_off]")).click()
    phone.get_by_role("button", name=re.compile("Go on|Weiter")).click()
    phone.get_by_role("button", name=re.compile("Confirm|Bestätigen")).click()
    expect(phone.locator(".receipt")).to_be_visible()
    assert context.cookies() == []
    context.close()


def see_progress(page: Page, address: str) -> None:
    page.goto(f"{address}/campaigns/1/")
    tile = page.locator(".tiles > *").filter(has_text="Answered").first
    expect(tile).to_contain_text("1")


def export(page: Page, address: str, folder: Path) -> Path:
    page.goto(f"{address}/campaigns/1/")
    page.get_by_role("button", name="Export for the audit").click()
    download = page.get_by_role("button", name="Download")
    download.wait_for(timeout=LONG)
    with page.expect_download() as waiting:
        download.click()
    waiting.value.save_as(folder / "evidence.zip")
    return folder / "evidence.zip"


def reconciles(path: Path, asked: int) -> None:
    book = workbook_in(path)
    status = Counter(row["Status"] for row in rows(book["Population"]))
    assert status["answered"] == 1
    assert status["answered"] + status["open"] == asked
    assert [row["Answer"] for row in rows(book["Attestations"])] == ["turned_off"]
    assert len(rows(book["Messages"])) == asked


def ledger_is_intact(folder: Path) -> None:
    company = Company(folder, f"sqlite:///{folder / 'data' / 'optrail.sqlite3'}")
    assert company.json("verify_ledger")["ok"] is True
