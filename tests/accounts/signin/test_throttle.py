"""Throttle: tries are counted by keyed hash, refused in time, and forgotten in time."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client, RequestFactory, override_settings

from accounts.signin import throttle
from accounts.signin.models import Throttle, User
from accounts.signin.services import sign_in_link_issue
from tests.accounts.signin.conftest import PASSWORD
from tests.factories import NOON

pytestmark = pytest.mark.both


def attempt(
    client: Client,
    email: str = "alice@example.com",
    password: str = "wrong",
    ip: str = "203.0.113.7",
) -> Any:
    return client.post(
        "/sign-in/", {"email": email, "password": password}, headers={"x-forwarded-for": ip}
    )


def test_too_many_tries_for_an_address_get_a_pause_with_its_end(
    as_mallory: Client, alice_with_password: User
) -> None:
    """Removed the call of address_try: fails."""
    with time_machine.travel(NOON, tick=False) as clock:
        for n in range(throttle.TRIES_BY_ADDRESS):
            assert attempt(as_mallory, ip=f"203.0.113.{n}").status_code == 200
        refused = attempt(as_mallory, password=PASSWORD)
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "900"
        assert "12:15" in refused.content.decode()
        clock.shift(throttle.WINDOW)
        assert attempt(as_mallory, password=PASSWORD).status_code == 302


def test_too_many_tries_from_a_network_get_a_pause(
    as_mallory: Client, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    """Removed the call of network_try: fails."""
    monkeypatch.setattr(throttle, "TRIES_BY_NETWORK", 3)
    for n in range(3):
        assert attempt(as_mallory, f"user{n}@example.com").status_code == 200
    assert attempt(as_mallory, "user9@example.com").status_code == 429
    assert (
        as_mallory.post(
            "/sign-in/" + "A" * 43, headers={"x-forwarded-for": "203.0.113.7"}
        ).status_code
        == 429
    )
    assert attempt(as_mallory, "user9@example.com", ip="203.0.113.8").status_code == 200


def test_nobody_is_locked_out_by_tries_of_others(as_mallory: Client, alice: User) -> None:
    for n in range(throttle.TRIES_BY_ADDRESS + 1):
        attempt(as_mallory, ip=f"203.0.113.{n}")
    link = sign_in_link_issue(user=alice, by=None, now=NOON + timedelta(days=3650))
    assert as_mallory.post(link.removeprefix("https://optrail.example.com")).status_code == 302


def test_a_success_forgets_the_slips_before(as_mallory: Client, alice_with_password: User) -> None:
    for _ in range(3):
        for _ in range(throttle.TRIES_BY_ADDRESS - 1):
            attempt(as_mallory)
        assert attempt(as_mallory, password=PASSWORD).status_code == 302


def test_neither_address_nor_network_is_kept(as_mallory: Client, db: None) -> None:
    attempt(as_mallory)
    rows = list(Throttle.objects.values_list())
    assert len(rows) == 2
    assert "alice" not in str(rows)
    assert "203.0.113" not in str(rows)
    with override_settings(SECRET_KEY="another-secret"):
        attempt(as_mallory)
    assert Throttle.objects.count() == 4, "the hash is keyed"


def test_old_tries_are_deleted(as_mallory: Client, db: None) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        attempt(as_mallory, "nobody@example.com")
        clock.shift(throttle.WINDOW)
        attempt(as_mallory, "other@example.com", ip="203.0.113.9")
    assert {row.window_start for row in Throttle.objects.all()} == {NOON + throttle.WINDOW}


@pytest.mark.parametrize(
    ("forwarded", "network"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        ("6.6.6.6, 203.0.113.7", "203.0.113.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("nonsense", "unknown"),
    ],
)
def test_a_network_is_what_the_proxy_wrote_last(forwarded: str, network: str) -> None:
    """What a client writes into the header itself stands before it, and counts nothing."""
    request = RequestFactory().get("/", headers={"x-forwarded-for": forwarded})
    assert throttle.network(request) == network


@override_settings(SECURE_PROXY_SSL_HEADER=None)
def test_without_a_proxy_the_header_is_not_believed() -> None:
    request = RequestFactory().get("/", headers={"x-forwarded-for": "6.6.6.6"})
    assert throttle.network(request) == "127.0.0.1/32"
