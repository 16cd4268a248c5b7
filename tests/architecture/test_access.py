"""Promise 7: every page refuses everyone it was not made for; an unlisted route fails here."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.signin.access import EVERYONE
from tests.architecture.access import ACCESS

ROLES = ("admin", "officer", "auditor")
EXAMPLES: dict[str, Any] = {
    "uuid": uuid.UUID(int=7),
    "int": 7,
    "slug": "x",
    "str": "x",
    "path": "x",
}


def routes(
    resolver: URLResolver | None = None, prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(
                pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            )
        else:
            yield f"{prefix}{pattern.name}", pattern


ROUTES = dict(routes())


def address(name: str) -> str:
    converters = ROUTES[name].pattern.converters
    kinds = {
        key: type(value).__name__.removesuffix("Converter") for key, value in converters.items()
    }
    return reverse(
        name,
        kwargs={
            key: EXAMPLES[kind.lower().replace("string", "str")] for key, kind in kinds.items()
        },
    )


def test_every_route_has_a_name_and_stands_in_the_list() -> None:
    """Removed: one line of the list, or a new route added without one. This test then fails."""
    assert sorted(ROUTES) == sorted(ACCESS)


@pytest.mark.parametrize("name", sorted(ACCESS))
def test_a_view_allows_whom_the_list_allows(name: str) -> None:
    view = ROUTES[name].callback
    assert getattr(view, "allowed_roles", frozenset()) == ACCESS[name], name


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", sorted(name for name, who in ACCESS.items() if EVERYONE not in who)
)
def test_a_page_sends_an_outsider_to_the_sign_in(name: str, as_mallory: Client) -> None:
    """Removed: LoginRequiredMiddleware. This test then fails."""
    for answer in (as_mallory.get(address(name)), as_mallory.post(address(name))):
        assert answer.status_code == 302, (name, answer.status_code)
        assert answer.headers["Location"].startswith(reverse("sign_in"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "role"),
    [
        (n, r)
        for n, who in sorted(ACCESS.items())
        if EVERYONE not in who
        for r in ROLES
        if r not in who
    ],
)
def test_a_page_is_refused_to_a_role_it_is_not_for(
    name: str, role: str, request: pytest.FixtureRequest
) -> None:
    """Removed: AccessMiddleware. This test then fails."""
    client = request.getfixturevalue(
        {"admin": "as_ada", "officer": "as_alice", "auditor": "as_aino"}[role]
    )
    assert client.get(address(name)).status_code == 403
    assert client.post(address(name)).status_code == 403
