"""Users: every change is recorded, and there is always an administrator."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.signin import services
from accounts.signin.models import Role, User
from ledger.commands import Refusal
from ledger.models import Head, VaultEntry
from tests.accounts.events import user_events
from tests.factories import UserFactory

pytestmark = pytest.mark.both


def act(service: Callable[..., User], user: User, by: User | None = None, **fields: str) -> User:
    return service(user=user, by=by, now=timezone.now(), **fields)


def test_a_new_user_is_recorded_without_their_address(ada: User) -> None:
    user = services.user_create(
        email=" Otto@Example.com", name="Otto", role="officer", by=ada, now=timezone.now()
    )
    assert user.email == "otto@example.com"
    assert not user.has_usable_password()
    [event] = user_events()
    assert (event["kind"], event["actor"], event["subject"]) == ("user.created", ada.ref, user.ref)
    assert "otto" not in str(event).lower()
    assert set(VaultEntry.objects.filter(subject_ref=user.ref).values_list("value", flat=True)) == {
        "otto@example.com",
        "Otto",
    }


@pytest.mark.parametrize(
    ("email", "role", "reason"),
    [
        ("ada@example.com", "officer", "is a user already"),
        ("ada", "officer", "not an e-mail address"),
        ("new@example.com", "boss", "is not a role"),
    ],
)
def test_a_user_that_cannot_be_is_refused_with_the_reason(
    ada: User, email: str, role: str, reason: str
) -> None:
    with pytest.raises(Refusal, match=reason):
        services.user_create(email=email, role=role, by=ada, now=timezone.now())
    assert User.objects.count() == 1
    assert user_events() == []
    assert not VaultEntry.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda user: act(services.user_deactivate, user),
        lambda user: act(services.user_change_role, user, role="officer"),
    ],
)
def test_the_last_administrator_stays(
    ada: User, alice: User, change: Callable[[User], User]
) -> None:
    """Removed _refuse_without_admin: fails."""
    UserFactory.create(role="admin", is_active=False)
    with pytest.raises(Refusal, match="last administrator"):
        change(ada)
    ada.refresh_from_db()
    assert ada.has_role(Role.ADMIN)
    assert user_events() == []


def test_officers_come_and_go_where_there_is_no_administrator(alice: User) -> None:
    act(services.user_deactivate, alice)
    assert not User.objects.get().is_active


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_send_each_other_away_at_once() -> None:
    """Moved the check before the event: fails on PostgreSQL, nobody is left."""
    pair = [UserFactory.create(role="admin"), UserFactory.create(role="admin")]
    refused = []

    def go(user: User) -> None:
        try:
            act(services.user_deactivate, user)
        except Refusal as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(user,)) for user in pair]
    with transaction.atomic():
        Head.objects.select_for_update().get()
        for thread in threads:
            thread.start()
        wait_until_locked_out(len(pair))
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert User.objects.filter(is_active=True).count() == 1


def wait_until_locked_out(count: int) -> None:
    """Until `count` others wait for a lock; SQLite lets nobody begin, so there they wait already."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    while connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone()[0] >= count:
                return
            cursor.execute("SELECT pg_stat_clear_snapshot()")


@pytest.mark.django_db(transaction=True)
def test_one_link_signs_in_one_of_two_who_try_at_once(db: None) -> None:
    """Replaced the conditional UPDATE by a read and a save: fails."""
    alice = UserFactory.create()
    secret = services.sign_in_link_issue(user=alice, by=None, now=timezone.now()).rpartition("/")[2]
    gate, got = threading.Barrier(4, timeout=10), []

    def go() -> None:
        gate.wait()
        with transaction.atomic():
            got.append(services.sign_in_link_use(secret=secret, now=timezone.now()))
        connection.close()

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [user for user in got if user] == [alice]


def test_a_deactivated_user_is_refused_at_the_next_click(as_alice: Client, alice: User) -> None:
    """Removed set_unusable_password: the old session comes back with the user, fails."""
    assert as_alice.get("/password/").status_code == 200
    act(services.user_deactivate, alice)
    assert as_alice.get("/password/").headers["Location"].startswith("/sign-in/")
    act(services.user_reactivate, alice)
    assert as_alice.get("/password/").headers["Location"].startswith("/sign-in/")


def test_a_deactivated_users_link_ends(alice: User, as_mallory: Client) -> None:
    link = services.sign_in_link_issue(user=alice, by=None, now=timezone.now())
    act(services.user_deactivate, alice)
    act(services.user_reactivate, alice)
    assert as_mallory.post(link.removeprefix("https://optrail.example.com")).status_code == 404


def test_a_role_taken_away_is_gone_at_the_next_click(as_ada: Client, ada: User) -> None:
    UserFactory.create(role="admin")
    assert as_ada.get("/users/").status_code == 200
    act(services.user_change_role, ada, role="auditor")
    assert as_ada.get("/users/").status_code == 403


def test_every_change_of_a_user_is_an_event(ada: User, alice: User) -> None:
    act(services.user_change_role, alice, ada, role="auditor")
    act(services.user_change_role, alice, ada, role="auditor")
    act(services.user_deactivate, alice, ada)
    act(services.user_deactivate, alice, ada)
    act(services.user_reactivate, alice, ada)
    services.sign_in_link_issue(user=alice, by=ada, now=timezone.now())
    happened = ["user.role_changed", "user.deactivated", "user.reactivated", "sign_in_link.issued"]
    assert [event["kind"] for event in user_events()] == happened
    assert {(event["actor"], event["subject"]) for event in user_events()} == {(ada.ref, alice.ref)}


def test_a_deactivated_user_gets_no_link(alice: User) -> None:
    act(services.user_deactivate, alice)
    with pytest.raises(Refusal, match="Reactivate"):
        services.sign_in_link_issue(user=alice, by=None, now=timezone.now())
