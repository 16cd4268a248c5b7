"""What the operator brings is used; what is missing is embedded."""

from pathlib import Path

import pytest

from config.up.demo import where_mails_are
from config.up.plan import Plan

GIVEN = ("CELERY_BROKER_URL", "EMAIL_URL", "PUBLIC_URL", "DEBUG", "MAIL_CATCHER_DIR")


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)


def names(plan: Plan) -> list[str]:
    plan.close()
    return [part.name for part in [*plan.embedded, *plan.once, *plan.own]]


def test_without_anything_given_everything_is_embedded(tmp_path: Path) -> None:
    plan = Plan(tmp_path, port=None)
    assert names(plan) == ["valkey", "mail", "migrate", "web", "worker", "beat"]
    assert plan.env["DEBUG"] == "1"
    assert plan.env["CELERY_BROKER_URL"].startswith("redis://:")
    assert plan.env["EMAIL_URL"].startswith("smtp://127.0.0.1:")
    assert plan.address.startswith("http://127.0.0.1:")
    assert plan.mail_folder == tmp_path / "mail"


def test_a_given_broker_replaces_the_embedded_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://broker.example.com/0")
    plan = Plan(tmp_path, port=None)
    assert "valkey" not in names(plan)
    assert plan.env["CELERY_BROKER_URL"] == "redis://broker.example.com/0"


def test_a_given_mail_server_replaces_the_catcher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails without the `pop`: /dev/mail/ would show an old folder beside a real server."""
    monkeypatch.setenv("EMAIL_URL", "smtp://mail.example.com:25")
    monkeypatch.setenv("MAIL_CATCHER_DIR", str(tmp_path))
    plan = Plan(tmp_path, port=None)
    assert "mail" not in names(plan)
    assert plan.mail_folder is None
    assert "mail server" in where_mails_are(plan)


def test_what_the_operator_set_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "0")
    monkeypatch.setenv("PUBLIC_URL", "https://optrail.example.com")
    plan = Plan(tmp_path, port=None)
    plan.close()
    assert (plan.env["DEBUG"], plan.address) == ("0", "https://optrail.example.com")


def test_the_next_run_has_the_same_secrets_and_ports(tmp_path: Path) -> None:
    first = Plan(tmp_path, port=None)
    first.close()
    second = Plan(tmp_path, port=None)
    second.close()
    assert first.env == second.env
