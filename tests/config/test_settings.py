"""Promise 10: production refuses weak or missing secrets, debug and open hosts."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts import bare_environment

ROOT = Path(__file__).resolve().parents[2]
STRONG = {
    name: f"{name}-9f8e7d6c5b4a39281706-ZyXwVuTsRq"
    for name in ("SECRET_KEY", "LINK_KEY", "MAIL_KEY", "LEDGER_KEY")
}
PRODUCTION = {**STRONG, "PUBLIC_URL": "https://optrail.example.com"}


def start(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of its own, with nothing else in its environment."""
    return subprocess.run(
        [sys.executable, "-c", "from config import settings; print(settings.ALLOWED_HOSTS)"],
        env=bare_environment(OPTRAIL_DATA_DIR=str(folder), **env),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def refusal(folder: Path, **env: str) -> str:
    result = start(folder, **env)
    assert result.returncode != 0, "the program started"
    return result.stderr.splitlines()[-1]


def test_production_starts_on_strong_secrets_and_one_https_address(tmp_path: Path) -> None:
    result = start(tmp_path, **PRODUCTION)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "['optrail.example.com']"


@pytest.mark.parametrize("name", STRONG)
def test_a_missing_secret_stops_the_program_and_says_what_to_do(tmp_path: Path, name: str) -> None:
    """Removed: Secrets._refuse_weak. This test then fails."""
    env = {key: value for key, value in PRODUCTION.items() if key != name}
    assert f"{name} is missing. Set {name} (or {name}_FILE)" in refusal(tmp_path, **env)


@pytest.mark.parametrize(
    "weak", ["short", "a" * 60, "abcabcabc" * 8, "django-insecure-9f8e7d6c5b4a39281706-ZyXwVuTsRq"]
)
def test_a_weak_secret_stops_the_program(tmp_path: Path, weak: str) -> None:
    """Removed: _weakness. This test then fails."""
    text = refusal(tmp_path, **{**PRODUCTION, "LINK_KEY": weak})
    assert text.startswith("django.core.exceptions.ImproperlyConfigured: LINK_KEY")
    assert weak not in text


def test_a_weak_old_secret_is_refused_as_well(tmp_path: Path) -> None:
    assert "LINK_KEY_OLD has only" in refusal(tmp_path, **PRODUCTION, LINK_KEY_OLD="short")


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "link_key"
    file.write_text(PRODUCTION["LINK_KEY"] + "\n")
    env = {key: value for key, value in PRODUCTION.items() if key != "LINK_KEY"}
    assert start(tmp_path, **env, LINK_KEY_FILE=str(file)).returncode == 0


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    text = refusal(tmp_path, **PRODUCTION, LINK_KEY_FILE=str(tmp_path / "nowhere"))
    assert "LINK_KEY_FILE names" in text
    assert "cannot be read" in text


@pytest.mark.parametrize("url", ["https://optrail.example.com", "http://10.0.0.7:8000"])
def test_debug_is_refused_when_others_can_reach_the_program(tmp_path: Path, url: str) -> None:
    """Removed: the loopback check of public_host. This test then fails."""
    text = refusal(tmp_path, **{**PRODUCTION, "DEBUG": "1", "PUBLIC_URL": url})
    assert "DEBUG=1 is for this machine only" in text


@pytest.mark.parametrize("url", ["", "https://*", "optrail.example.com", "ftp://example.com"])
def test_an_open_or_unclear_host_is_refused(tmp_path: Path, url: str) -> None:
    assert "PUBLIC_URL must be one address" in refusal(
        tmp_path, **{**PRODUCTION, "PUBLIC_URL": url}
    )


def test_plain_http_is_refused_in_production(tmp_path: Path) -> None:
    text = refusal(tmp_path, **{**PRODUCTION, "PUBLIC_URL": "http://optrail.example.com"})
    assert "must begin with https://" in text


def test_locally_missing_secrets_are_drawn_once_and_kept_private(tmp_path: Path) -> None:
    assert start(tmp_path, DEBUG="1").returncode == 0
    kept = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(kept) == {"secret_key", "link_key", "mail_key", "ledger_key"}
    assert all(len(value) >= 60 for value in kept.values())
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()} == {0o600}
    assert start(tmp_path, DEBUG="1").returncode == 0
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == kept
