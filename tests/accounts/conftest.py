"""Accounts' own stage."""

import pytest
from django.test import Client

Browsers = dict[str, Client]


@pytest.fixture
def browsers(as_ada: Client, as_alice: Client, as_aino: Client, as_mallory: Client) -> Browsers:
    """Everybody's browser, by role: a page is tried with each."""
    return {"admin": as_ada, "officer": as_alice, "auditor": as_aino, "outsider": as_mallory}
