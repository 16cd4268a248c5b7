"""Promise 8: logs name what failed and where, never a person, an address or a link."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from celery import shared_task
from django.conf import settings
from django.test import Client

from accounts.directory.models import Employee
from accounts.signin.models import User
from config.logs import exception_render, failure_places


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    """What the program writes with its own formatter, filled in when the block reads it."""
    handler = logging.StreamHandler()
    formatter: Any = settings.LOGGING["formatters"]["json"]  # type: ignore[index]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=formatter["processor"], foreign_pre_chain=formatter["foreign_pre_chain"]
        )
    )
    written: list[str] = []
    handler.emit = lambda record: written.append(handler.format(record))  # type: ignore[method-assign]
    root = logging.getLogger()
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


def fail_for(email: str) -> None:
    raise ValueError(f"Key (email)=({email}) already exists")


def test_a_failure_is_told_by_type_and_place_without_its_message() -> None:
    """Removed: exception_render from the settings' processors. The next test then fails."""
    with pytest.raises(ValueError, match="bob") as caught:
        fail_for("bob@example.com")
    places = failure_places(caught.value)
    assert places[0] == "builtins.ValueError"
    assert places[-1].endswith("fail_for")
    assert "bob" not in json.dumps(places)


def test_the_cause_of_a_failure_is_told_as_well() -> None:
    with pytest.raises(RuntimeError) as caught:
        try:
            fail_for("bob@example.com")
        except ValueError as error:
            raise RuntimeError("bob@example.com") from error
    assert "builtins.ValueError" in failure_places(caught.value)


@pytest.mark.django_db
def test_a_page_that_fails_leaves_its_name_and_nobody_elses(
    lines: list[str], monkeypatch: pytest.MonkeyPatch, carla: Employee
) -> None:
    monkeypatch.setattr(User.objects, "exists", lambda: fail_for(carla.email))
    client = Client(raise_request_exception=False, headers={"x-forwarded-proto": "https"})
    assert client.get("/?q=carla@example.com").status_code == 500
    told = [json.loads(line) for line in lines]
    assert [line["view"] for line in told if line["event"] == "page failed"] == ["home"]
    assert any("fail_for" in place for line in told for place in line.get("failure", []))
    assert "carla" not in "".join(lines)


def test_a_task_that_fails_leaves_its_name_and_nobody_elses(lines: list[str]) -> None:
    @shared_task(name="tests.failing")  # type: ignore[untyped-decorator]
    def failing() -> None:
        fail_for("bob@example.com")

    failing.apply()
    told = [json.loads(line) for line in lines]
    assert [line["task"] for line in told if line["event"] == "task failed"] == ["tests.failing"]
    assert "bob" not in "".join(lines)


def test_a_line_without_a_failure_stays_as_it_is() -> None:
    assert exception_render(None, "info", {"event": "x"}) == {"event": "x"}
