"""Sessions end: after an hour without a click, after a working day in any case."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.signin.models import User
from tests.accounts.signin.conftest import PASSWORD
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice_in(as_mallory: Client, alice_with_password: User) -> Client:
    """Alice's browser, signed in now."""
    as_mallory.post("/sign-in/", {"email": alice_with_password.email, "password": PASSWORD})
    return as_mallory


def test_a_session_ends_after_an_hour_without_a_click(request: pytest.FixtureRequest) -> None:
    """Removed the idle end: fails."""
    with time_machine.travel(NOON, tick=False) as clock:
        client: Client = request.getfixturevalue("alice_in")
        for _ in range(2):
            clock.shift(timedelta(minutes=59))
            assert client.get("/people/").status_code == 200
        clock.shift(timedelta(minutes=61))
        assert client.get("/people/").headers["Location"].startswith("/sign-in/")


def test_a_session_ends_after_twelve_hours_of_clicks(request: pytest.FixtureRequest) -> None:
    """Removed the absolute end: fails; each click would renew it."""
    with time_machine.travel(NOON, tick=False) as clock:
        client: Client = request.getfixturevalue("alice_in")
        for _ in range(23):
            clock.shift(timedelta(minutes=30))
            assert client.get("/people/").status_code == 200
        clock.shift(timedelta(minutes=30))
        assert client.get("/people/").status_code == 302


def test_clicks_close_to_each_other_write_nothing(request: pytest.FixtureRequest) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        client: Client = request.getfixturevalue("alice_in")
        before = Session.objects.values_list("session_data").get()
        clock.shift(timedelta(minutes=4))
        client.get("/people/")
        assert Session.objects.values_list("session_data").get() == before


def test_a_session_that_does_not_say_when_it_began_is_over(alice_in: Client) -> None:
    session = alice_in.session
    del session["began_at"]
    session.save()
    assert alice_in.get("/people/").status_code == 302
