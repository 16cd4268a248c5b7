"""Sign-ins that were refused are on record, and nobody can flood the ledger with them."""

import json
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.signin import refusals as refusing
from accounts.signin import throttle
from accounts.signin.models import User
from ledger.models import Event
from tests.accounts.signin.test_throttle import attempt
from tests.factories import NOON

pytestmark = pytest.mark.both


def refusals() -> list[tuple[Any, ...]]:
    bodies = [
        json.loads(body) for body in Event.objects.order_by("seq").values_list("body", flat=True)
    ]
    return [
        (body["kind"], body["subject"], *body["data"].values())
        for body in bodies
        if body["kind"].startswith("sign_in.")
    ]


def test_a_refused_sign_in_is_an_event_about_whoever_it_was_for(
    as_mallory: Client, alice_with_password: User
) -> None:
    """Removed: refusal_record. This test then fails."""
    before = len(refusals())
    attempt(as_mallory)
    attempt(as_mallory, "nobody@example.com")
    as_mallory.post("/sign-in/" + "A" * 43, headers={"x-forwarded-for": "203.0.113.7"})
    assert refusals()[before:] == [
        ("sign_in.refused", alice_with_password.ref, "password"),
        ("sign_in.refused", "sign-in", "password"),
        ("sign_in.refused", "sign-in", "link"),
    ]
    assert "nobody@example.com" not in "".join(Event.objects.values_list("body", flat=True))


def test_many_refused_sign_ins_are_few_events(
    as_mallory: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed: WRITTEN_DOWN, or `first` of ThrottledError. This test then fails."""
    monkeypatch.setattr(throttle, "TRIES_BY_NETWORK", 5)
    monkeypatch.setattr(refusing, "WRITTEN_DOWN", 3)
    before = len(refusals())
    with time_machine.travel(NOON, tick=False):
        for number in range(9):
            attempt(as_mallory, f"user{number}@example.com")
    assert [kind for kind, *_ in refusals()[before:]] == [
        *["sign_in.refused"] * 3,
        "sign_in.throttled",
    ]
