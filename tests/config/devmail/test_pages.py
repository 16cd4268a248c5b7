"""The pages at /dev/mail/."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from config.devmail import views
from config.devmail.store import CaughtMails, mail_file

pytestmark = pytest.mark.urls("tests.config.devmail.routes")

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LETTER = b"""\
Subject: =?utf-8?q?Ein_Blick=2C_bitte_=E2=9C=93?=\r
From: privacy@example.com\r
Content-Type: multipart/alternative; boundary=b\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
\r
Hallo <Bob>, please look: https://optrail.example.com/a/token-1.\r
--b\r
Content-Type: text/html; charset=utf-8\r
\r
<script>alert(1)</script><a href="https://optrail.example.com/a/token-2">Look</a>\r
<a href="javascript:alert(2)">no</a>\r
--b--\r
"""


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.MAIL_CATCHER_DIR = str(tmp_path)
    return tmp_path


def caught(folder: Path, to: str, *, minute: int = 0, content: bytes = LETTER) -> str:
    """Files a mail; returns its id."""
    now = NOON + timedelta(minutes=minute)
    path = mail_file(folder, content=content, sender="bounce@example.com", to=to, now=now)
    return path.name.partition("_")[0]


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_mails_are_listed_newest_first(client: Client, folder: Path) -> None:
    caught(folder, "bob@example.com", minute=1)
    caught(folder, "carla@example.com", minute=2)
    page = text(client, "/dev/mail/")
    assert page.index("carla@example.com") < page.index("bob@example.com")
    assert "Ein Blick, bitte ✓" in page
    assert "2 mails" in page


def test_mails_are_found_by_a_part_of_the_address(client: Client, folder: Path) -> None:
    caught(folder, "bob@example.com")
    caught(folder, "carla@example.com")
    page = text(client, "/dev/mail/?to=CARLA")
    assert "carla@example.com" in page
    assert "bob@example.com" not in page
    assert "No mail to this address" in text(client, "/dev/mail/?to=nobody")


def test_long_lists_are_paged_both_ways(
    client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    ids = [caught(folder, f"p{minute}@example.com", minute=minute) for minute in range(5)]
    first = text(client, "/dev/mail/")
    assert "p4@" in first
    assert f"?before={ids[3]}" in first
    assert "Previous" not in first
    second = text(client, f"/dev/mail/?before={ids[3]}")
    assert "p2@" in second
    assert "p1@" in second
    assert "p4@" in text(client, f"/dev/mail/?after={ids[2]}")
    assert "Next" not in text(client, f"/dev/mail/?before={ids[1]}")
    assert "No mail yet" in text(client, f"/dev/mail/?before={ids[0]}")


def test_a_list_opens_only_the_mails_it_shows(
    client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails when the list reads every file: ten thousand mails would be opened for fifty."""
    opened: list[Path] = []

    def opened_subject(path: Path) -> str:
        opened.append(path)
        return "A subject"

    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    monkeypatch.setattr(views, "subject_of", opened_subject)
    for minute in range(5):
        caught(folder, "bob@example.com", minute=minute)
    text(client, "/dev/mail/")
    assert len(opened) == 2


def test_a_mail_shows_its_text_its_headers_and_links_to_follow(
    client: Client, folder: Path
) -> None:
    mail = caught(folder, "bob@example.com")
    page = text(client, f"/dev/mail/{mail}/")
    assert "Hallo &lt;Bob&gt;" in page
    assert 'href="https://optrail.example.com/a/token-1"' in page
    assert 'href="https://optrail.example.com/a/token-2"' in page
    assert "javascript:" not in page
    assert "Return-Path" in page


def test_the_html_of_a_mail_is_shown_in_a_sandbox(client: Client, folder: Path) -> None:
    """Fails without MAIL_POLICY: the mail's script would run with the officer's session."""
    mail = caught(folder, "bob@example.com")
    page = text(client, f"/dev/mail/{mail}/")
    assert f'title="The mail" src="/dev/mail/{mail}/html/"' in page
    assert 'sandbox="allow-top-navigation-by-user-activation"' in page
    frame = client.get(f"/dev/mail/{mail}/html/")
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "; sandbox allow-top-navigation-by-user-activation" in policy
    assert "allow-scripts" not in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_a_mail_can_be_downloaded_as_it_came(client: Client, folder: Path) -> None:
    mail = caught(folder, "bob@example.com")
    response = client.get(f"/dev/mail/{mail}/raw/")
    assert response["Content-Type"] == "message/rfc822"
    assert b"".join(response.streaming_content).endswith(LETTER)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "content", [b"", b"no headers at all", b"Content-Type: text/plain; charset=x-none\n\nok\n"]
)
def test_a_malformed_mail_is_shown_as_far_as_it_can_be_read(
    client: Client, folder: Path, content: bytes
) -> None:
    mail = caught(folder, "bob@example.com", content=content)
    assert "bob@example.com" in text(client, "/dev/mail/")
    assert "(no subject)" in text(client, f"/dev/mail/{mail}/")
    text(client, f"/dev/mail/{mail}/html/")


def test_a_mail_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get("/dev/mail/20261121T201500123456-00000000/").status_code == 404


def test_other_machines_are_refused(client: Client, folder: Path) -> None:
    """Fails without `loopback_only`: the mails hold everybody's personal links."""
    mail = caught(folder, "bob@example.com")
    for address in ("", f"{mail}/", f"{mail}/html/", f"{mail}/raw/"):
        response = client.get(f"/dev/mail/{address}", REMOTE_ADDR="192.0.2.7")
        assert response.status_code == 403


def test_looking_changes_nothing(
    client: Client, folder: Path, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    mail = caught(folder, "bob@example.com")
    with django_assert_num_queries(0):
        text(client, f"/dev/mail/{mail}/")
    assert client.post(f"/dev/mail/{mail}/").status_code == 405
    assert CaughtMails(folder).page().count == 1
