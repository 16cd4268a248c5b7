"""A receipt can be kept, and checked by anyone without trusting us."""

import subprocess
import sys
from html import unescape

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from compliance.attestations.models import Attestation
from compliance.attestations.receipts import Receipt
from compliance.attestations.services import attestation_record
from compliance.campaigns.models import Assignment
from ledger.models import Event
from tests.compliance.attestations.conftest import link
from tests.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


@pytest.fixture
def receipt(for_bob: Assignment) -> Receipt:
    """Bob's receipt."""
    attestation = attestation_record(
        assignment_id=for_bob.pk, link_version=1, answer="turned_off", now=NOON
    )
    return Receipt.of(attestation)


def path_of(receipt: Receipt) -> str:
    return receipt.url.removeprefix("https://optrail.example.com")


def test_the_receipt_says_what_when_and_where_it_stands(
    phone: Client, for_bob: Assignment, receipt: Receipt
) -> None:
    page = unescape(phone.get(link(for_bob, "/receipt/1")).content.decode())
    wording = for_bob.campaign.guide_version.parsed.text("de")
    for said in (
        wording.question,
        wording.answers["turned_off"],
        "23. November 2026, 12:00 UTC",
        str(receipt.event.seq),
        bytes(receipt.event.hash).hex(),
        receipt.url,
    ):
        assert said in page


def test_the_time_is_the_companys(
    phone: Client, for_bob: Assignment, receipt: Receipt, settings: Settings
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    page = phone.get(link(for_bob, "/receipt/1")).content.decode()
    assert "23. November 2026, 13:00 CET" in page


def test_the_file_recomputes_the_fingerprint_by_itself(
    phone: Client, for_bob: Assignment, receipt: Receipt
) -> None:
    """The lines in the file are run as they stand. Tried with one letter of the body changed in
    the template: another fingerprint comes out."""
    response = phone.get(link(for_bob, "/receipt/1.txt"))
    file = response.content.decode()
    lines = file[file.index("import hashlib") :]
    run = subprocess.run(
        [sys.executable, "-I", "-c", lines], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == receipt.hash
    assert receipt.event.body in file
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="receipt-{receipt.event.seq}.txt"'
    )
    assert link(for_bob) not in file


def test_a_number_that_was_never_given_has_no_receipt(
    phone: Client, for_bob: Assignment, receipt: Receipt
) -> None:
    assert phone.get(link(for_bob, "/receipt/2")).status_code == 404
    assert phone.get(link(for_bob, f"/receipt/{10**30}")).status_code == 404


def test_anyone_can_check_an_entry_and_learns_neither_name_nor_answer(
    phone: Client, for_bob: Assignment, receipt: Receipt
) -> None:
    response = phone.get(path_of(receipt))
    page = unescape(response.content.decode())
    assert response.status_code == 200
    assert "This entry stands in the ledger" in page
    assert "23 November 2026, 12:00 UTC" in page
    for hidden in (for_bob.first_name, for_bob.last_name, for_bob.email, "turned", receipt.answer):
        assert hidden not in page
    assert not response.cookies


def test_the_check_speaks_the_readers_language(phone: Client, receipt: Receipt) -> None:
    response = phone.get(path_of(receipt), headers={"accept-language": "de-AT,de;q=0.9"})
    assert "Dieser Eintrag steht im Protokoll" in response.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "{seq}-0000000000000000",
        "{other}-{start}",
        "999999999999999999-{start}",
    ],
)
def test_an_entry_that_does_not_stand_is_said_so(
    phone: Client, receipt: Receipt, address: str
) -> None:
    start, seq = receipt.hash[:16], receipt.event.seq
    path = address.format(seq=seq, other=seq + 1, start=start)
    response = phone.get(f"/receipt/{path}")
    assert response.status_code == 404
    assert "No such entry" in response.content.decode()


@pytest.mark.parametrize("address", ["1", "0-0000000000000000", f"{10**18}-0000000000000000", "x"])
def test_what_is_no_receipts_address_is_no_page(phone: Client, db: None, address: str) -> None:
    assert phone.get(f"/receipt/{address}").status_code == 404


def test_an_entry_that_is_no_answer_is_no_receipt(
    phone: Client, for_bob: Assignment, receipt: Receipt
) -> None:
    """Tried without the look for an attestation: the page confirms other entries, too."""
    from django.db import transaction

    from ledger.journal import append

    with transaction.atomic():
        event = append("link.shown", actor="command", subject=for_bob.ref, now=NOON)
    path = f"/receipt/{event.seq}-{bytes(event.hash).hex()[:16]}"
    assert phone.get(path).status_code == 404


def test_an_entry_whose_text_was_changed_is_not_confirmed(
    phone: Client, receipt: Receipt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 4. The database's guards are stepped around as an intruder would. Tried without
    recomputing the hash: confirmed."""
    from django.db import connection

    from ledger.guards import guard_install, guard_remove

    guard_remove(connection, "ledger_event")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_event SET body = replace(body, 'turned_off', 'left_on') WHERE seq = %s",
            [receipt.event.seq],
        )
    guard_install(connection, "ledger_event")
    assert "left_on" in Event.objects.get(seq=receipt.event.seq).body
    assert phone.get(path_of(receipt)).status_code == 404


def test_every_correction_has_its_own_receipt(
    phone: Client, for_bob: Assignment, receipt: Receipt
) -> None:
    attestation_record(assignment_id=for_bob.pk, link_version=1, answer="left_on", now=NOON)
    files = {phone.get(link(for_bob, f"/receipt/{number}.txt")).content for number in (1, 2)}
    assert len(files) == Attestation.objects.count() == 2
