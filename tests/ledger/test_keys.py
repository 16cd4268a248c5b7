"""Signing keys: given, handed over, followed back."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django import Settings

from ledger import journal
from ledger.checkpoints import checkpoint_holds, checkpoint_publish, sign
from ledger.guards import guard_install, guard_remove
from ledger.handovers import key_rotate
from ledger.keys import key_id, private_key, public_key, signed
from ledger.models import Checkpoint, Event, KeyHandover
from ledger.notes import handover_note
from ledger.refusals import Refusal
from ledger.verification import verify

pytestmark = [pytest.mark.both, pytest.mark.django_db]

NOW = datetime(2026, 11, 21, 20, 15, tzinfo=UTC)
OLD, NEW, OTHER = (f"{name}-key-0123456789-abcdefghijklmnopqrstuvwxyz" for name in "onx")


@pytest.fixture(autouse=True)
def _old_key(settings: Settings) -> None:
    settings.LEDGER_KEY = OLD


def grow(minutes: int = 0) -> None:
    with transaction.atomic():
        journal.append("thing.happened", actor="system", subject="thing:1", now=NOW)
    checkpoint_publish(now=NOW + timedelta(minutes=minutes))


def rotate(settings: Settings, new: str = NEW, old: str = OLD) -> KeyHandover:
    settings.LEDGER_KEY, settings.LEDGER_KEY_PREVIOUS = new, old
    return key_rotate(now=NOW + timedelta(minutes=1))


def pem(key: object) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()  # type: ignore[attr-defined, no-any-return]


def test_a_key_may_be_pem_or_a_seed(settings: Settings) -> None:
    key = Ed25519PrivateKey.generate()
    settings.LEDGER_KEY = pem(key).strip()
    assert key_id(public_key()) == key_id(key.public_key())
    assert signed(key.public_key().public_bytes_raw(), sign(b"text"), b"text")
    assert private_key(OLD, name="LEDGER_KEY") != key


def test_a_pem_that_is_no_ed25519_key_is_refused() -> None:
    with pytest.raises(Refusal, match="another kind"):
        private_key(pem(generate_private_key(SECP256R1())), name="LEDGER_KEY")
    with pytest.raises(Refusal, match="no private key can be read"):
        private_key("-----BEGIN PRIVATE KEY-----\nno", name="LEDGER_KEY")


def test_both_keys_sign_the_handover_and_all_checkpoints_still_verify(settings: Settings) -> None:
    """Removed: KeyChain.key_at's look at the hand-overs. This test then fails."""
    grow()
    row = rotate(settings)
    grow(minutes=2)
    rotate(settings, new=OTHER, old=NEW)
    grow(minutes=3)
    first, *_, last = Checkpoint.objects.order_by("size")
    assert {first.key_id, last.key_id} == {
        key_id(private_key(k, name="").public_key()) for k in (OLD, OTHER)
    }
    assert all(map(checkpoint_holds, Checkpoint.objects.all()))
    assert verify().ok
    assert row.size == first.size
    said = handover_note(row).split("\n")
    assert said[:2] == ["optrail/ledger-key/1", "1"]
    assert [line.split()[1] for line in said if line.startswith("—")] == [
        first.key_id,
        key_id(private_key(NEW, name="").public_key()),
    ]
    assert Event.objects.get(seq=row.size + 1).body.count("ledger.key_rotated") == 1


def test_a_key_that_nobody_handed_over_to_signs_nothing(settings: Settings) -> None:
    """Removed: refuse_unknown_key. This test then fails."""
    grow()
    settings.LEDGER_KEY = NEW
    with pytest.raises(Refusal, match="rotate_ledger_key"):
        grow()


def test_the_old_key_signs_nothing_more(settings: Settings) -> None:
    grow()
    rotate(settings)
    settings.LEDGER_KEY = OLD
    with pytest.raises(Refusal, match="Restart"):
        grow()


@pytest.mark.parametrize(
    ("new", "old", "why"),
    [(NEW, "", "both sign"), (NEW, OTHER, "not the key that signs"), (OLD, OTHER, "already")],
)
def test_a_handover_by_strangers_is_refused(
    new: str, old: str, why: str, settings: Settings
) -> None:
    grow()
    with pytest.raises(Refusal, match=why):
        rotate(settings, new=new, old=old)
    assert not KeyHandover.objects.exists()
    assert verify().size == 1


@pytest.mark.parametrize("column", ["new_key", "old_key", "old_signature", "new_signature", "ts"])
def test_a_forged_handover_is_found(column: str, settings: Settings) -> None:
    """Removed: KeyChain._fault. This test then fails."""
    rotate(settings)
    value = "'2020-01-01 00:00:00+00'" if column == "ts" else "%s"
    guard_remove(connection, "ledger_keyhandover")
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE ledger_keyhandover SET {column} = {value}",
            [] if column == "ts" else [bytes(32 if column.endswith("key") else 64)],
        )
    guard_install(connection, "ledger_keyhandover")
    bad = verify().first_bad
    assert bad is not None
    assert bad.kind == "key"


def test_the_command_names_both_fingerprints(settings: Settings) -> None:
    grow()
    settings.LEDGER_KEY, settings.LEDGER_KEY_PREVIOUS = NEW, OLD
    out = StringIO()
    call_command("rotate_ledger_key", "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert said["seq"] == 2
    assert said["to"] == key_id(public_key())
    assert Checkpoint.objects.latest("size").key_id == said["to"]
    with pytest.raises(CommandError, match="already"):
        call_command("rotate_ledger_key")
