"""The command create_user: its JSON, its exit codes, its refusals."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.signin.models import User
from accounts.signin.services import user_deactivate
from tests.factories import NOON


def create(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("create_user", *arguments, "--json", stdout=out)
    result: dict[str, Any] = json.loads(out.getvalue())
    return result


def test_it_creates_a_user_and_prints_a_link_that_works(as_mallory: Client, db: None) -> None:
    result = create("alice@example.com", "--role", "officer")
    assert set(result) == {"user", "sign_in_url"}
    assert User.objects.get().pk.hex == result["user"].replace("-", "")
    assert (
        as_mallory.post(
            result["sign_in_url"].removeprefix("https://optrail.example.com")
        ).status_code
        == 302
    )


def test_an_existing_address_with_the_same_role_gets_a_fresh_link(alice: User) -> None:
    first, second = (create("Alice@example.com", "--role", "officer") for _ in range(2))
    assert first["user"] == second["user"] == str(alice.pk)
    assert first["sign_in_url"] != second["sign_in_url"]
    assert alice.sign_in_links.count() == 1


@pytest.mark.parametrize(
    ("email", "role", "reason"),
    [
        ("alice@example.com", "admin", "An administrator changes roles"),
        ("alice", "admin", "name@example.com"),
    ],
)
def test_it_refuses_with_exit_code_1_and_says_what_to_do(
    alice: User, email: str, role: str, reason: str
) -> None:
    with pytest.raises(CommandError, match=reason) as error:
        create(email, "--role", role)
    assert error.value.returncode == 1
    assert User.objects.get().role == "officer"


def test_a_deactivated_user_is_refused(alice: User) -> None:
    user_deactivate(user=alice, by=None, now=NOON)
    with pytest.raises(CommandError, match="Reactivate"):
        create("alice@example.com", "--role", "officer")


def test_in_words_it_says_the_link(db: None) -> None:
    out = io.StringIO()
    call_command("create_user", "alice@example.com", "--role", "officer", stdout=out)
    assert "Sign in once, within a day: https://optrail.example.com/sign-in/" in out.getvalue()
