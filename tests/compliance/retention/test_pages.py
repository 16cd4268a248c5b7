"""The pages of retention: preview, certificate, erasing one person, legal holds."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.models import Assignment, Campaign
from compliance.retention.certificates import certificate_of
from compliance.retention.models import Erasure, LegalHold
from compliance.retention.running import retention_run
from ledger.checkpoints import checkpoint_publish
from ledger.proofs import inclusion_holds
from tests.compliance.retention.company import closed
from tests.compliance.retention.conftest import person
from tests.factories import NOON

pytestmark = pytest.mark.django_db
OVER = datetime(2030, 1, 2, 12, 0, tzinfo=NOON.tzinfo)
ERASE = {"reason": "request", "confirmed": "on"}


@pytest.fixture
def tuesday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON + timedelta(days=1), tick=False) as traveller:
        yield traveller


def text_of(client: Client, name: str, *args: object) -> str:
    return client.get(reverse(name, args=args)).content.decode()


def test_an_officer_erases_a_person_and_gets_the_certificate(
    campaign: Campaign, tuesday: object, as_alice: Client
) -> None:
    bob = person(5)
    page = text_of(as_alice, "person_erase", bob.pk)
    assert "Erase Xaveria5 Quillfeather5?" in page
    assert "They are withdrawn first" in page
    answer = as_alice.post(reverse("person_erase", args=[bob.pk]), ERASE, follow=True)
    said = answer.content.decode()
    assert "they are “erased person 1” now" in said
    assert "One person, erased on 24 Nov 2026, 12:00" in said
    assert as_alice.get(reverse("person", args=[bob.pk])).status_code == 404
    assert "erased person 1" in text_of(
        as_alice, "assignment", Assignment.objects.erased().get().pk
    )
    people = as_alice.get(reverse("campaign_people", args=[campaign.pk]), {"status": "erased"})
    assert "erased person 1" in people.content.decode()


@pytest.mark.parametrize("sent", [{}, {"reason": "request"}, {"reason": "x", "confirmed": "on"}])
def test_nobody_is_erased_without_reason_and_confirmation(
    campaign: Campaign, tuesday: object, as_alice: Client, sent: dict[str, str]
) -> None:
    """Removed: BooleanField's `required` in EraseForm."""
    assert as_alice.post(reverse("person_erase", args=[person(5).pk]), sent).status_code == 200
    assert not Erasure.objects.exists()


def test_a_get_erases_nobody(campaign: Campaign, tuesday: object, as_alice: Client) -> None:
    as_alice.get(reverse("person_erase", args=[person(5).pk]), ERASE)
    assert not Erasure.objects.exists()


def test_a_legal_hold_is_placed_shown_and_lifted(
    campaign: Campaign, tuesday: object, as_alice: Client, as_aino: Client
) -> None:
    address = reverse("person_hold", args=[person(5).pk])
    answer = as_alice.post(address, {"reason": "Case 12/34", "until": "2026-12-24"}, follow=True)
    assert "Under legal hold up to 24 Dec 2026" in answer.content.decode()
    refused = as_alice.post(reverse("person_erase", args=[person(5).pk]), ERASE).content.decode()
    assert "A legal hold stands in the way" in refused
    shown = text_of(as_aino, "retention")
    assert "Case 12/34" in shown
    assert ">Lift<" not in shown  # auditors read
    as_alice.post(reverse("hold_lift", args=[LegalHold.objects.get().pk]))
    assert "Case 12/34" not in text_of(as_alice, "retention")


def test_a_hold_on_a_campaign_shows_in_the_preview(
    campaign: Campaign, tuesday: object, as_alice: Client
) -> None:
    closed(campaign)
    address = reverse("campaign_hold", args=[campaign.pk])
    assert (
        "today or later"
        in as_alice.post(address, {"reason": "Case", "until": "2026-01-01"}).content.decode()
    )
    as_alice.post(address, {"reason": "Case", "until": "2030-01-01"})
    assert "legal hold</span> up to 1 Jan 2030" in text_of(as_alice, "retention")


def test_the_preview_says_what_goes_when_and_how_many(
    campaign: Campaign, tuesday: object, as_aino: Client
) -> None:
    assert "Nothing is waiting to go" in text_of(as_aino, "retention")
    closed(campaign)
    page = text_of(as_aino, "retention")
    assert "13 Dec 2029" in page
    assert "nothing yet" in page


def test_what_is_over_is_announced_and_what_is_gone_is_certified(
    campaign: Campaign, as_aino: Client
) -> None:
    closed(campaign)
    with time_machine.travel(OVER, tick=False):
        as_aino.force_login(User.objects.get(email="aino@example.com"))
        assert "erases</span> 12" in text_of(as_aino, "retention")
        run = retention_run(clock=lambda: OVER).certificates[0]
        page = text_of(as_aino, "erasure_certificate", run)
        assert f"Everybody in “{campaign.name}” (12), erased on" in page
        assert "erased person 1 to 12" in page
        assert "Optrail, by schedule" in page
        assert "Everybody in" in text_of(as_aino, "retention")
        assert "Its retention is over" in text_of(as_aino, "campaign", campaign.pk)


def test_the_certificate_proves_itself_to_a_signed_root(campaign: Campaign) -> None:
    """Removed: the proofs of `_part`."""
    closed(campaign)
    run = retention_run(clock=lambda: OVER).certificates[0]
    certificate = certificate_of(run)
    assert certificate is not None
    assert certificate.checkpoint is not None
    for part in certificate.parts:
        proof = [bytes.fromhex(node) for node in part.proof]
        size, root = certificate.checkpoint.size, bytes(certificate.checkpoint.root)
        assert inclusion_holds(bytes.fromhex(part.hash), part.erasure.seq, size, proof, root)


def test_the_certificate_can_be_kept_as_a_text(
    campaign: Campaign, tuesday: object, as_aino: Client
) -> None:
    said = StringIO()
    call_command(
        "erase_person", email="Xaveria5@ravenmoor.example", reason="order", yes=True, json=True,
        stdout=said,
    )  # fmt: skip
    result = json.loads(said.getvalue())
    run = UUID(result["certificate"])
    checkpoint_publish(now=NOON + timedelta(days=1))
    answer = as_aino.get(reverse("erasure_certificate_text", args=[run]))
    text = answer.content.decode()
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert f"Ledger no. {result['seq']}\nbefore " in text
    assert "Why:          A court or an authority ordered it" in text
    assert "optrail/ledger/1\n" in text
    assert "signature  " in text
    assert "averia" not in text
    assert "&" not in text


def test_an_unknown_certificate_is_not_found(as_aino: Client, db: None) -> None:
    assert as_aino.get(reverse("erasure_certificate", args=[UUID(int=7)])).status_code == 404


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ({"email": "xaveria5@ravenmoor.example"}, 2, "Add --yes"),
        ({"email": "nobody@example.com", "yes": True}, 1, "no such person"),
        ({"employee": "7", "yes": True}, 2, "must be an id"),
    ],
)
def test_the_command_refuses_what_it_cannot_mean(
    campaign: Campaign, arguments: dict[str, object], code: int, said: str
) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        call_command("erase_person", reason="request", **arguments)
    assert refused.value.returncode == code
    assert Employee.objects.filter(external_id="ZQ-00005").exists()


def test_the_retention_command_previews_and_runs(campaign: Campaign) -> None:
    closed(campaign)
    with time_machine.travel(OVER, tick=False):
        assert "the next run erases 12" in said_by("--preview")
        assert "Erased: 12 people in 1 campaigns, 0 leavers." in said_by("--run")
        assert json.loads(said_by("--preview", "--json")) == {"due": [], "leavers": 0}


def said_by(*arguments: str) -> str:
    out = StringIO()
    call_command("retention", *arguments, stdout=out)
    return out.getvalue()
