"""The first page: who may begin, what is offered next, and where everyone else is led."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.directory.models import Employee
from accounts.signin.models import User
from accounts.signin.services import first_admin_create
from ledger.commands import Refusal
from tests.accounts.events import user_event_kinds

ADA = {"email": "ada@example.com", "name": "Ada Admin"}


@pytest.fixture
def local(settings: Settings) -> None:
    """As `manage.py up` runs it."""
    settings.LOCAL, settings.MAIL_CATCHER_DIR = True, "mail"


def test_whoever_sits_at_the_machine_becomes_the_first_administrator(
    local: None, as_mallory: Client, db: None
) -> None:
    first = as_mallory.get("/").content.decode()
    assert 'action="/first-administrator/"' in first
    assert "import your people, or try it with a sample company" in first
    start = as_mallory.post("/first-administrator/", ADA, follow=True).content.decode()
    assert User.objects.get().role == "admin"
    assert "Import your people" in start
    assert "Try it with a sample company" in start
    assert user_event_kinds() == ["user.created", "user.signed_in"]


def test_the_second_one_is_refused(local: None, as_mallory: Client, ada: User) -> None:
    """Removed the check after the event: fails, Mallory is administrator."""
    assert (
        as_mallory.post("/first-administrator/", {"email": "mallory@example.com"}).status_code
        == 403
    )
    assert as_mallory.get("/").headers["Location"] == "/sign-in/"
    assert User.objects.count() == 1
    assert user_event_kinds() == []


@pytest.mark.parametrize("address", ["203.0.113.7", "", "2001:db8::1"])
def test_nobody_becomes_the_first_administrator_from_afar(
    local: None, as_mallory: Client, db: None, address: str
) -> None:
    """Removed _at_this_machine: fails."""
    assert as_mallory.post("/first-administrator/", ADA, REMOTE_ADDR=address).status_code == 403
    assert "manage.py create_user" in as_mallory.get("/", REMOTE_ADDR=address).content.decode()
    assert not User.objects.exists()


def test_in_production_the_page_names_the_command(as_mallory: Client, db: None) -> None:
    page = as_mallory.get("/").content.decode()
    assert "manage.py create_user you@example.com --role admin" in page
    assert "<form" not in page
    assert as_mallory.post("/first-administrator/", ADA).status_code == 403
    assert not User.objects.exists()


def test_an_address_that_cannot_be_is_said_beside_its_field(
    local: None, as_mallory: Client, db: None
) -> None:
    page = as_mallory.post("/first-administrator/", {"email": "ada"})
    assert page.status_code == 400
    assert "Enter a valid email address." in page.content.decode()
    assert not User.objects.exists()


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_of_two_first_administrators_one_wins() -> None:
    """Moved the check before the event: fails, both win."""
    gate, refused = threading.Barrier(2, timeout=10), []

    def go(email: str) -> None:
        gate.wait()
        try:
            first_admin_create(email=email, name="", now=timezone.now())
        except Refusal as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(f"ada{n}@example.com",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert User.objects.count() == 1


def test_with_people_everyone_signed_in_is_led_to_campaigns(
    as_alice: Client, as_aino: Client, as_ada: Client, bob: Employee
) -> None:
    answers = [client.get("/").headers["Location"] for client in (as_alice, as_aino, as_ada)]
    assert answers == [reverse("campaigns")] * 3


def test_without_people_officers_are_offered_the_import_and_auditors_are_told(
    as_alice: Client, as_aino: Client
) -> None:
    assert "Import your people" in as_alice.get("/").content.decode()
    assert "Import your people" not in as_aino.get("/").content.decode()


def test_where_microsoft_is_connected_people_come_from_there(
    as_alice: Client, settings: Settings
) -> None:
    """Offered files alone: fails, whoever connected the tenant is told to export from it."""
    assert "/imports/microsoft/" not in as_alice.get("/").content.decode()
    settings.ENTRA = {"tenant_id": "1"}
    assert 'href="/imports/microsoft/"' in as_alice.get("/").content.decode()


def test_where_mails_go_out_for_real_there_is_no_sample(as_alice: Client) -> None:
    assert "sample company" not in as_alice.get("/").content.decode()


def test_reading_the_first_page_changes_nothing(local: None, as_mallory: Client, db: None) -> None:
    as_mallory.get("/")
    as_mallory.head("/")
    assert as_mallory.get("/first-administrator/").status_code == 405
    assert not User.objects.exists()
    assert user_event_kinds() == []
