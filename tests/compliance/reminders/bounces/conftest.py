"""Mails that went out under return paths of their own, and reports on them."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from compliance.reminders.mails import return_path
from compliance.reminders.models import Message, State
from tests.factories import NOON

Sent = Callable[..., Message]


@pytest.fixture(autouse=True)
def _return_paths(settings: Settings) -> None:
    settings.EMAIL_BOUNCES = True


@pytest.fixture
def sent(owe: Callable[..., Message]) -> Sent:
    """A message that the mail server accepted, to Bob's address unless told otherwise."""

    def accepted(**fields: object) -> Message:
        handed_over = {
            "state": State.ACCEPTED,
            "state_at": NOON,
            "dated_at": NOON,
            "next_at": None,
            "recipient": "bob@example.com",
            "attempts": 1,
        }
        return owe(**{**handed_over, **fields})

    return accepted


@pytest.fixture
def way_back() -> Callable[[Message], str]:
    """The return path under which a message left."""

    def path(message: Message) -> str:
        return return_path(message.id, "privacy@example.com")

    return path
