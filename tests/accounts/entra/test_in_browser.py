"""The pages about Microsoft in a real browser: everyone can read them."""

import pytest
from django.test import Client
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from accounts.entra.directory.models import EntraReading
from accounts.entra.errors import EntraError
from accounts.imports.microsoft import directory_sync
from accounts.imports.models import ImportRun
from tests.factories import NOON
from tests.readable import everyone_can_read_all
from tests.standins.entra import Realm
from tests.standins.graph import Graph

pytestmark = [pytest.mark.large, pytest.mark.django_db(transaction=True)]


def test_everyone_can_read_the_pages_about_microsoft(
    browser: Browser, live_server: LiveServer, realm: Realm, as_ada: Client
) -> None:
    """A reading is held, the one after it failed. Tried without `tabindex` on the commands: found
    by axe, for nobody scrolls them by keyboard then."""
    realm.graph = graph = Graph(realm)
    graph.users.add("bob@example.com", "Bob", "Berger")
    directory_sync(actor="system", user=None, confirm=False, now=NOON)
    realm.permissions.clear()
    with pytest.raises(EntraError):
        directory_sync(actor="system", user=None, confirm=False, now=NOON)
    assert EntraReading.objects.get().trouble
    held = ImportRun.objects.get().pk
    paths = ["/microsoft/", "/imports/microsoft/", f"/imports/{held}/", "/sign-in/microsoft/left"]
    assert everyone_can_read_all(browser, live_server.url, as_ada, paths) == 8
