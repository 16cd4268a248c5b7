"""An answer and the close at the same moment: the ledger's order decides. SQLite has one writer."""

import json
from typing import Any

import pytest

from compliance.attestations import services
from compliance.attestations.models import Attestation
from compliance.campaigns.models import Assignment
from compliance.campaigns.services import campaign_close
from ledger.commands import Refusal
from ledger.models import Event
from tests.compliance.attestations.conftest import together
from tests.factories import NOON


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_races_with_the_close_is_before_it_or_refused(
    for_bob: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The close commits while the answer waits for the ledger. Tried with the check
    moved before the wait: the answer stands after the close."""

    def close_first(*args: Any, **kwargs: Any) -> Event:
        together(lambda: campaign_close(campaign=for_bob.campaign, user=None, now=NOON))
        return original(*args, **kwargs)

    original = services._append
    monkeypatch.setattr(services, "_append", close_first)
    with pytest.raises(Refusal, match="closed"):
        services.attestation_record(
            assignment_id=for_bob.pk, link_version=1, answer="was_off", now=NOON
        )
    assert not Attestation.objects.exists()
    assert json.loads(Event.objects.latest("seq").body)["kind"] == "campaign.closed"
