"""Every kind of forgery is found, named and located."""

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from ledger.chain import Stored
from ledger.checkpoints import sign
from ledger.guards import guard_install, guard_remove
from ledger.keys import key_id, public_key
from ledger.verification import Mark, verify
from tests.ledger import forging


def test_ten_thousand_forgeries_are_found_named_and_located() -> None:
    """Removed: any branch of suspects, or Walk._contradicted. This test then fails."""
    found, wrong = forging.survey(10_000)
    assert wrong == []
    assert found == dict.fromkeys(forging.MAKERS, 500)


def stored(rows: forging.Rows) -> None:
    """Write the chain as somebody does who owns the database, its head mended as well."""
    guard_remove(connection, "ledger_event")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_event")
        cursor.executemany(
            "INSERT INTO ledger_event VALUES (%s, %s, %s, %s)",
            [(row.seq, row.body.decode(), row.prev, row.hash) for row in rows],
        )
        last = rows[-1] if rows else Stored(0, b"", b"", bytes(32))
        cursor.execute("UPDATE ledger_head SET seq = %s, hash = %s", [last.seq, last.hash])
    guard_install(connection, "ledger_event")


def signed_by_us(rows: forging.Rows) -> Mark:
    said = forging.signed(rows).said
    said = said.__class__(**{**vars(said), "key_id": key_id(public_key())})
    return Mark(said.__class__(**{**vars(said), "signature": sign(said.text.encode())}), "A copy")


@pytest.mark.both
@pytest.mark.django_db
def test_the_same_forgeries_in_a_database_are_found_there() -> None:
    """Two of each kind; some cannot even be written, because no parent may have two children."""
    rows = forging.genuine(25)
    mark = signed_by_us(rows)
    stored(rows)
    assert verify([mark]).ok
    refused = 0
    for forgery in forging.forgeries(rows, 2 * len(forging.MAKERS), seed=7):
        try:
            with transaction.atomic():
                stored(forgery.rows)
        except (DataError, IntegrityError, UnicodeDecodeError):
            refused += 1
            continue
        bad = verify([mark]).first_bad
        assert bad is not None, forgery.name
        assert forgery.kind in {"", bad.kind}, (forgery.name, bad)
        assert bad.seq == forgery.seq, (forgery.name, bad)
    assert 0 < refused < 6


@pytest.mark.both
@pytest.mark.sqlite
@pytest.mark.django_db
def test_what_sqlite_takes_in_any_column_is_found_as_well() -> None:
    for column, value in (("body", "x'ff00'"), ("prev", "'text'"), ("hash", "17")):
        stored(forging.genuine(5))
        guard_remove(connection, "ledger_event")
        connection.cursor().execute(f"UPDATE ledger_event SET {column} = {value} WHERE seq = 3")
        guard_install(connection, "ledger_event")
        bad = verify().first_bad
        assert bad is not None
        assert (bad.seq, bad.kind) == (3, "edited")
