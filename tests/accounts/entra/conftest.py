"""Entra's own stage: a strict tenant on loopback that this installation is connected to."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.standins.entra import Realm, realm_open

SITE = "https://optrail.example.com"
CALLBACK = f"{SITE}/sign-in/microsoft/back"


@pytest.fixture(scope="session")
def _opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    """One server for all tests: keys and certificates take their time."""
    realm = Realm([CALLBACK, f"{SITE}/sign-in/", f"{SITE}/microsoft/"])
    with realm_open(realm, tmp_path_factory.mktemp("entra")):
        yield realm


@pytest.fixture
def realm(_opened: Realm, settings: Settings) -> Realm:
    """The tenant as new, and this installation connected to it with a secret."""
    front_channel = f"{SITE}/sign-in/microsoft/signed-out"
    fresh = Realm(
        _opened.redirect_uris, front_channel, keys=_opened.keys, authority=_opened.authority
    )
    kept = {"id", "port", "authority", "ca_file", "keys", "redirect_uris"}
    _opened.__dict__.update({k: v for k, v in fresh.__dict__.items() if k not in kept})
    settings.ENTRA = _opened.settings()
    return _opened
