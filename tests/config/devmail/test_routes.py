"""Where the mail catcher's pages are, and where not."""

import runpy

from pytest_django import Settings

from tests.parts import ROOT


def routes() -> set[str]:
    """The product's first-level routes under the settings of the moment."""
    patterns = runpy.run_path(str(ROOT / "config" / "urls.py"))["urlpatterns"]
    return {str(pattern.pattern) for pattern in patterns}


def test_without_a_catcher_its_pages_do_not_exist(settings: Settings) -> None:
    """Fails without the condition in config.urls: anyone could ask for mails in production."""
    settings.MAIL_CATCHER_DIR = ""
    assert "dev/mail/" not in routes()


def test_beside_a_catcher_its_pages_exist(settings: Settings) -> None:
    settings.MAIL_CATCHER_DIR = "anywhere"
    assert "dev/mail/" in routes()
