"""Which accounts are people: recognised, filtered, shown before it counts."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.entra.checks import check
from accounts.entra.directory.models import EntraAccount, EntraReading, EntraRules
from accounts.entra.directory.reading import directory_read
from accounts.entra.directory.rules import Kind, accounts_count, kind_of
from accounts.entra.errors import EntraError, Throttled
from accounts.imports.models import ImportRun
from ledger.models import Event
from tests.accounts.conftest import Browsers
from tests.factories import NOON
from tests.standins.entra import Realm
from tests.standins.entra.contract import Answer
from tests.standins.graph import Graph

pytestmark = pytest.mark.django_db
PAGE = "/imports/microsoft/"
RULES, READ = f"{PAGE}rules/", f"{PAGE}read/"
BOB = {
    "userPrincipalName": "bob@corp.example", "mail": "Bob@Example.com", "givenName": "Bob",
    "accountEnabled": True, "userType": "Member",
}  # fmt: skip
OID = "11111111-2222-3333-4444-555555555555"


def kind(told: dict[str, Any] | None = None, *, member: bool = False, **rules: Any) -> Kind:
    purpose = (told or {}).pop("purpose", "")
    said = {name: value for name, value in (BOB | (told or {})).items() if value is not None}
    mail = str(said.get("mail", "")).lower()
    account = EntraAccount(oid=OID, told=said, mail=mail, purpose=purpose, round=0)
    return kind_of(account, EntraRules(**rules), member=member)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, Kind.PERSON),
        ({"userType": None}, Kind.PERSON),  # as of accounts older than 2014
        ({"userType": "Guest"}, Kind.GUEST),
        ({"userPrincipalName": "bob_home.example#EXT#@corp.example"}, Kind.GUEST),
        ({"accountEnabled": None}, Kind.DISABLED),
        ({"purpose": "room"}, Kind.MAILBOX),
        ({"purpose": "equipment"}, Kind.MAILBOX),
        ({"purpose": "shared"}, Kind.MAILBOX),
        ({"purpose": "others"}, Kind.MAILBOX),
        ({"purpose": "user"}, Kind.PERSON),
        ({"purpose": "none"}, Kind.PERSON),
    ],
)
def test_what_is_nobody_is_recognised(told: dict[str, Any], expected: Kind) -> None:
    assert kind(told) == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"domains": ["example.com"]}, Kind.PERSON),
        ({"domains": ["corp.example", "le.com"]}, Kind.DOMAIN),
        ({"groups": [OID]}, Kind.GROUP),
        ({"groups": [OID], "member": True}, Kind.PERSON),
        ({"left_out": ["bob@example.com"]}, Kind.LEFT_OUT),
        ({"left_out": ["bob@corp*"]}, Kind.LEFT_OUT),
        ({"left_out": [OID]}, Kind.LEFT_OUT),
        ({"left_out": ["ob@example.com"]}, Kind.PERSON),
    ],
)
def test_rules_say_who_counts(rules: dict[str, Any], expected: Kind) -> None:
    assert kind(**rules) == expected


def test_exchange_is_asked_once_and_only_about_accounts_without_a_persons_name(
    realm: Realm, graph: Graph
) -> None:
    """Removed: `needs_asking`. Bob's mailbox is then asked for, too."""
    graph.users.add("bob@example.com", "Bob", "Berger")
    room = graph.users.add("room-7@example.com")
    graph.users.add("prince@example.com")
    graph.users.add("off@example.com", accountEnabled=False)
    graph.users.purposes[room] = "room"
    rules = EntraRules.objects.create(ask_purpose=True)
    with pytest.raises(EntraError, match=r"MailboxSettings\.Read is missing"):
        directory_read(now=NOON)
    realm.permissions.add("MailboxSettings.Read")
    directory_read(now=NOON)
    directory_read(now=NOON)
    assert (realm.calls("/userPurpose"), realm.calls("/$batch")) == (4, 2)
    assert accounts_count(rules) == {"person": 2, "mailbox": 1, "disabled": 1}


def test_a_mailbox_that_is_not_told_is_asked_again_and_only_that(
    realm: Realm, graph: Graph
) -> None:
    """Removed: `_TOO_MANY` among what is no answer; a room that was put off is a person for good."""
    realm.permissions.add("MailboxSettings.Read")
    rooms = [graph.users.add(f"room-{number}@example.com") for number in range(25)]
    graph.users.purposes |= dict.fromkeys(rooms, "room")
    rules = EntraRules.objects.create(ask_purpose=True)
    graph.script_in_batch = [None, Answer(429, {}, {"Retry-After": "0"}), None, Answer(503)]
    with pytest.raises(Throttled):
        directory_read(now=NOON)
    directory_read(now=NOON)
    assert accounts_count(rules) == {"mailbox": 25}
    assert (realm.calls("/userPurpose"), realm.calls("/$batch")) == (27, 2)


def test_everybody_sees_the_page_and_auditors_change_nothing(
    browsers: Browsers, realm: Realm
) -> None:
    for role, browser in browsers.items():
        page = browser.get(PAGE)
        assert page.status_code == (302 if role == "outsider" else 200)
        shown = "Who counts" in page.content.decode()
        assert shown == (role in ("admin", "officer"))
    for url in (RULES, READ):
        assert browsers["auditor"].post(url).status_code == 403
    assert not EntraReading.objects.exists()
    assert not EntraRules.objects.exists()


def test_rules_are_shown_before_they_are_saved(
    realm: Realm, graph: Graph, as_alice: Client
) -> None:
    graph.users.add("bob@example.com", "Bob", "Berger")
    graph.users.add("svc-build@example.com", "Build", "Server")
    directory_read(now=NOON)
    typed = {"left_out": "SVC-*\n\n", "domains": "example.com\nexample.com"}
    page = unescape(as_alice.post(RULES, {**typed, "show": "1"}).content.decode())
    assert "Left out by name" in page
    assert "Build Server" in page
    assert "Nothing is saved yet" in page
    assert not EntraRules.objects.exists()
    assert as_alice.post(RULES, typed).status_code == 302
    rules = EntraRules.current()
    assert (rules.left_out, rules.domains, rules.daily) == (["svc-*"], ["example.com"], False)
    body = Event.objects.latest("seq").body
    assert '"kind":"directory.rules_saved"' in body
    assert "svc-" not in body


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"domains": "example"}, "no domain"),
        ({"domains": "bob@example.com"}, "no domain"),
        ({"groups": "All employees"}, "no object id"),
        ({"left_out": "*"}, "leave out too many"),
        ({"left_out": "[a-z]*"}, "leave out too many"),
        ({"left_out": "\n".join(f"svc-{n}" for n in range(501))}, "At most 500"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(
    as_alice: Client, realm: Realm, typed: dict[str, str], reason: str
) -> None:
    page = as_alice.post(RULES, typed)
    assert page.status_code == 400
    assert reason in unescape(page.content.decode())
    assert not EntraRules.objects.exists()


def test_read_now_is_for_the_worker_and_the_page_says_what_came_of_it(
    realm: Realm, graph: Graph, as_alice: Client
) -> None:
    from accounts.imports.tasks import sync_directory

    graph.users.add("bob@example.com", "Bob", "Berger")
    assert as_alice.post(READ).status_code == 302
    assert 'http-equiv="refresh"' in as_alice.get(PAGE).content.decode()
    assert not realm.calls("/users/delta")
    sync_directory()
    page = as_alice.get(PAGE).content.decode()
    assert "A reading waits for your yes" in page
    run = ImportRun.objects.get()
    preview = as_alice.get(f"/imports/{run.pk}/").content.decode()
    assert "About this reading" in preview
    assert "Columns, as they were recognised" not in preview
    assert as_alice.post(f"/imports/{run.pk}/apply/").status_code == 302
    run.refresh_from_db()
    assert (run.state, run.complete) == ("applied", True)
    listed = as_alice.get("/imports/").content.decode()
    assert "by Optrail" in listed


def test_saving_a_daily_reading_begins_it(realm: Realm, as_alice: Client) -> None:
    as_alice.post(RULES, {"daily": "on"})
    assert EntraReading.objects.here().next_at is not None
    as_alice.post(RULES, {})
    assert EntraReading.objects.here().next_at is None


def test_trouble_is_said_in_words(realm: Realm, as_alice: Client, graph: Graph) -> None:
    realm.permissions = set()
    with pytest.raises(EntraError):
        directory_read(now=NOON)
    page = as_alice.get(PAGE).content.decode()
    assert "The last reading ended early" in page
    assert "the application permission User.Read.All is missing" in page


def test_the_check_tries_each_group_of_the_rules(realm: Realm, graph: Graph) -> None:
    """Left to the reading: fails, a group that may not be read is found out at night."""
    realm.permissions = {"User.Read.All"}
    group = graph.groups.add()
    EntraRules.objects.create(groups=[group, "11111111-2222-3333-4444-555555555555"])
    assert all("GroupMember.Read.All is missing" in words for words in _groups_said())
    realm.permissions.add("GroupMember.Read.All")
    there, gone = _groups_said()
    assert "may be read" in there
    assert "The tenant has no group 11111111" in gone


def _groups_said() -> list[str]:
    return [each.words for each in check(now=NOON) if each.title == "Groups"]
