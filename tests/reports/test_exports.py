"""Asking for an export and downloading it."""

from datetime import timedelta

import pytest

from accounts.signin.models import User
from compliance.reminders.models import Outcome
from ledger.commands import Refusal
from ledger.models import Checkpoint, Event
from reports.building import exports_build_waiting
from reports.models import Export
from reports.services import export_download, export_request
from tests.factories import NOON, CampaignFactory
from tests.reports.conftest import stored
from tests.reports.scenario import Scenario

pytestmark = pytest.mark.both
LATER = NOON + timedelta(days=5)


def test_what_was_not_sealed_is_sealed_first_and_signed(story: Scenario, alice: User) -> None:
    story.outcome(story.mail("gus", step=1), "accepted", 250, "2.0.0 Ok")
    export = export_request(campaign=story.campaign, user=alice, now=LATER)
    assert not Outcome.objects.filter(seal=None).exists()
    assert Checkpoint.objects.latest("size").size == export.seq == story.seq - 1


def test_asking_is_an_event_with_who_asked(story: Scenario, alice: User) -> None:
    export = export_request(campaign=story.campaign, user=alice, now=LATER)
    event = Event.objects.latest("seq")
    assert f'"actor":"{alice.ref}"' in event.body
    assert f'"subject":"export:{export.id}"' in event.body


def test_an_earlier_position_is_taken_as_said(story: Scenario, alice: User) -> None:
    launch = story.campaign.launched_seq
    export = export_request(campaign=story.campaign, user=alice, now=LATER, as_of=launch)
    assert export.seq == launch


@pytest.mark.parametrize("beyond", [-1, 0, 1_000_000])
def test_a_refused_request_writes_nothing(story: Scenario, alice: User, beyond: int) -> None:
    story.mail("gus", step=1)
    before = story.seq
    with pytest.raises(Refusal):
        export_request(campaign=story.campaign, user=alice, now=LATER, as_of=beyond)
    assert (story.seq, Export.objects.count(), Checkpoint.objects.count()) == (before, 0, 0)


def test_a_draft_is_refused(linkedin: object, alice: User) -> None:
    with pytest.raises(Refusal, match="Launch it first"):
        export_request(campaign=CampaignFactory.create(), user=alice, now=LATER)


def test_a_download_is_written_down_before_a_byte_leaves(story: Scenario, aino: User) -> None:
    export = ready(story, aino)
    file = export_download(export=export, user=aino, now=LATER)
    body = Event.objects.latest("seq").body
    assert '"kind":"export.downloaded"' in body
    assert f'"actor":"{aino.ref}"' in body
    with file:
        assert file.read() == stored(export).read_bytes()


def test_what_is_not_ready_is_not_handed_out(story: Scenario, aino: User) -> None:
    export = export_request(campaign=story.campaign, user=aino, now=LATER)
    with pytest.raises(Refusal, match="not ready yet"):
        export_download(export=export, user=aino, now=LATER)


def test_a_file_that_was_changed_or_lost_is_not_handed_out(story: Scenario, aino: User) -> None:
    """Fails when the digest is not compared."""
    export = ready(story, aino)
    before = story.seq
    with stored(export).open("ab") as file:
        file.write(b"one byte more")
    with pytest.raises(Refusal, match=f"as of ledger position {export.seq}"):
        export_download(export=export, user=aino, now=LATER)
    stored(export).unlink()
    with pytest.raises(Refusal, match="missing"):
        export_download(export=export, user=aino, now=LATER)
    assert story.seq == before


def test_the_same_position_asked_for_twice_gives_the_same_digest(
    story: Scenario, aino: User
) -> None:
    first = ready(story, aino)
    again = export_request(campaign=story.campaign, user=aino, now=LATER, as_of=first.seq)
    exports_build_waiting(clock=lambda: LATER)
    again.refresh_from_db()
    assert (again.sha256, again.file_name) == (first.sha256, first.file_name)


def ready(story: Scenario, user: User) -> Export:
    export = export_request(campaign=story.campaign, user=user, now=LATER)
    exports_build_waiting(clock=lambda: LATER)
    export.refresh_from_db()
    return export
