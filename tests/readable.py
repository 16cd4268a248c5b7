"""Can everyone read it: axe on pages that somebody who is signed in sees, and nothing too wide."""

from collections.abc import Iterable, Iterator
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page

from tests.browser import DESK, PHONE

# Each as different as can be: a small dark screen, a large light one.
SCREENS: tuple[dict[str, Any], ...] = (
    {"viewport": PHONE, "color_scheme": "dark"},
    {"viewport": DESK, "color_scheme": "light"},
)


def everyone_can_read(page: Page) -> None:
    """Axe finds nothing, and nothing is wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    results = Axe().run(page)
    assert results.violations_count == 0, f"{page.url}: {results.generate_report()}"


def everyone_can_read_all(browser: Browser, site: str, client: Client, paths: Iterable[str]) -> int:
    """Look at each page as the user of `client` sees it, on each screen; how many were looked at."""
    return sum(_looked(page, site, paths) for page in _screens(browser, client))


def _looked(page: Page, site: str, paths: Iterable[str]) -> int:
    for path in paths:
        answer = page.goto(site + path)
        assert answer
        assert (answer.status, page.url) == (200, site + path)
        everyone_can_read(page)
    return len(list(paths))


def _screens(browser: Browser, client: Client) -> Iterator[Page]:
    """What measures pages is a script, which the pages themselves forbid."""
    name = settings.SESSION_COOKIE_NAME
    session, secure = client.cookies[name].value, "https://localhost"
    https = {"x-forwarded-proto": "https"}
    for screen in SCREENS:
        context = browser.new_context(**screen, bypass_csp=True, extra_http_headers=https)
        # Chromium sends a secure cookie to loopback without TLS as well.
        context.add_cookies([{"name": name, "value": session, "url": secure, "secure": True}])
        yield context.new_page()
        context.close()
