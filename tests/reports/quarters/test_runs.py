"""Runs: asked for once, tried again with growing waits, given up loudly, tried anew by people."""

import itertools
from datetime import timedelta

import pytest

from accounts.signin.models import Role, User
from accounts.signin.services import user_change_role, user_deactivate
from compliance.campaigns.models import Campaign
from compliance.notices.models import Notice
from compliance.notices.writers import UnwantedError
from ledger.commands import Refusal
from ledger.models import Event
from reports import building
from reports.models import Export, StandingExport
from reports.quarters import runs as rooms
from reports.quarters.closing import periods_close
from reports.quarters.models import Run
from reports.quarters.runs import TRIES, run_again, runs_ask, runs_settle
from reports.quarters.standing import standing_change, standing_create, standing_stop
from reports.quarters.telling import notice_write
from tests.factories import NOON
from tests.reports.quarters.conftest import NEW_YEAR, beat, export_of, notices

pytestmark = pytest.mark.both
MINUTE = timedelta(minutes=1)


@pytest.fixture
def run(campaign: Campaign, alice: User) -> Run:
    """The company's run of a quarter that was just closed."""
    periods_close(now=NEW_YEAR)
    return Run.objects.get()


def ordered(user: User, **changed: object) -> StandingExport:
    wanted = {
        "name": "Mine",
        "every": "month",
        "kind": "bundle",
        "edition": "full",
        "campaigns": [],
        "keep_months": 6,
    }
    return standing_create(user=user, now=NOON, **{**wanted, **changed})


def letter(about: str) -> str:
    return notice_write(
        Notice.objects.filter(about__startswith=about).latest("planned_at"), NEW_YEAR
    ).letter.text


def test_it_is_asked_for_once(run: Run) -> None:
    assert runs_ask(now=NEW_YEAR) == 1
    assert '"actor":"system"' in Event.objects.latest("seq").body
    assert runs_ask(now=NEW_YEAR + timedelta(days=1)) == 0
    run.refresh_from_db()
    assert (export_of(run).seq, export_of(run).requested_by) == (run.closing.seq, None)


def test_of_two_beats_with_one_run_in_hand_one_asks(run: Run) -> None:
    """Removed: the answer of the UPDATE in `_claim`. This test then fails."""
    both = [Run.objects.with_all().get() for _ in range(2)]
    assert [rooms._ask(each, NEW_YEAR) for each in both] == [True, False]
    run.refresh_from_db()
    assert (run.tries, run.error) == (1, "")


def test_a_worker_that_died_after_asking_leaves_one_export(run: Run) -> None:
    """Removed: `key=` from the call of export_request. This test then fails."""
    runs_ask(now=NEW_YEAR)
    Run.objects.update(export=None)
    assert runs_ask(now=NEW_YEAR + MINUTE) == 0
    assert runs_ask(now=NEW_YEAR + 6 * MINUTE) == 1
    run.refresh_from_db()
    assert run.export == Export.objects.get()


def test_what_fails_is_told_and_tried_again_with_growing_waits_five_times(
    run: Run, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def broken(**_options: object) -> None:
        tries.append(now)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rooms, "export_request", broken)
    for minutes in range(0, 600, 5):
        now = NEW_YEAR + timedelta(minutes=minutes)
        runs_ask(now=now)
    waits = [int((later - earlier) / MINUTE) for earlier, later in itertools.pairwise(tries)]
    assert waits == [5, 15, 60, 240]
    run.refresh_from_db()
    assert (run.failed, run.tries) == (True, TRIES)
    assert notices() == [
        (f"failed:{run.pk}:1", alice.ref), (f"made:{run.closing_id}:company", alice.ref),
        (f"trouble:{run.pk}:1", alice.ref),
    ]  # fmt: skip
    text = letter("failed:")
    assert "given up" in text
    assert "No space left on device" in text
    assert "/exports/quarters/?day=2026-12-31" in text
    with pytest.raises(UnwantedError, match="settled"):
        letter("trouble:")


def test_a_worker_that_dies_every_time_is_given_up(run: Run) -> None:
    Run.objects.update(tries=TRIES)
    assert runs_ask(now=NEW_YEAR) == 0
    run.refresh_from_db()
    assert run.failed
    assert "ended 5 times" in run.reason


def test_an_export_that_does_not_reconcile_is_an_alert_at_once(run: Run, alice: User) -> None:
    Campaign.objects.update(retention_months=1)
    beat(NEW_YEAR)
    run = Run.objects.with_all().get()
    assert run.failed
    assert "the ledger says" in run.reason
    assert f"failed:{run.pk}:1" in dict(notices())


def test_an_export_that_is_tried_again_is_told_once(
    run: Run, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise OSError("the bucket is away")

    with monkeypatch.context() as patched:
        patched.setattr(building, "export_write", broken)
        for minutes in (0, 2, 8):
            beat(NEW_YEAR + minutes * MINUTE)
    assert notices() == [(f"trouble:{run.pk}:1", alice.ref)]
    assert "the bucket is away" in letter("trouble:")
    beat(NEW_YEAR + 60 * MINUTE)
    assert dict(notices("made:")) == {f"made:{run.closing_id}:company": alice.ref}


def test_what_was_given_up_is_tried_anew_by_an_officer_and_stands_in_the_ledger(
    run: Run, alice: User
) -> None:
    Campaign.objects.update(retention_months=1)
    beat(NEW_YEAR)
    Campaign.objects.update(retention_months=36)
    run_again(run=run, user=alice, now=NEW_YEAR + MINUTE)
    assert '"kind":"run.repeated"' in Event.objects.latest("seq").body
    beat(NEW_YEAR + 2 * MINUTE)
    run = Run.objects.with_all().get()
    assert (export_of(run).state, export_of(run).seq, run.attempt) == ("ready", run.closing.seq, 2)
    assert (f"again:{run.pk}:2", alice.ref) in notices()
    assert "ready" in letter("again:")
    with pytest.raises(Refusal, match="not given up"):
        run_again(run=run, user=alice, now=NEW_YEAR)


def test_officers_and_auditors_get_a_link_and_never_the_file(
    run: Run, alice: User, aino: User, ada: User
) -> None:
    beat(NEW_YEAR)
    about = f"made:{run.closing_id}:company"
    assert notices() == sorted([(about, alice.ref), (about, aino.ref)])
    text = letter("made:")
    assert text.count("ready") >= 1
    assert "http" in text
    assert Export.objects.get().sha256 not in text


def test_a_reader_who_has_no_role_any_more_gets_no_mail(run: Run, alice: User, ada: User) -> None:
    """Removed: the role check in `notice_write`. This test then fails."""
    beat(NEW_YEAR)
    user_deactivate(user=alice, by=ada, now=NEW_YEAR)
    with pytest.raises(UnwantedError, match="no role"):
        letter("made:")


def test_a_standing_export_is_made_as_ordered_and_its_owner_is_told(
    campaign: Campaign, alice: User, aino: User
) -> None:
    standing = ordered(alice, kind="csv", edition="pseudonymous", campaigns=[campaign])
    beat(NEW_YEAR)
    assert set(Export.objects.values_list("kind", "state")) == {
        ("bundle", "ready"), ("csv", "ready"),
    }  # fmt: skip
    run = Run.objects.with_all().get(standing=standing)
    assert (run.closing.name, export_of(run).requested_by) == ("December 2026", alice)
    assert export_of(run).options["edition"] == "pseudonymous"
    assert notices(f"made:{run.closing_id}") == [
        (f"made:{run.closing_id}:{standing.pk}", alice.ref)
    ]
    assert "“Mine”" in letter(f"made:{run.closing_id}")


def test_only_the_last_month_or_week_is_made_up_for(campaign: Campaign, alice: User) -> None:
    weekly = ordered(alice, every="week")
    periods_close(now=NEW_YEAR)
    (run,) = weekly.runs.with_all()
    assert run.closing.name == "week 52 of 2026"


def test_a_standing_export_holds_the_chosen_campaigns_that_were_live(
    campaign: Campaign, alice: User
) -> None:
    other = Campaign.objects.create(
        name="Never launched", guide_version=campaign.guide_version, opens_on=NOON.date(),
        due_on=NOON.date(), closes_on=NOON.date(), legal_basis="other", retention_months=1,
    )  # fmt: skip
    chosen, everything = ordered(alice, campaigns=[other]), ordered(alice)
    periods_close(now=NEW_YEAR)
    assert chosen.runs.count() == 0
    assert everything.runs.count() == 1


def test_one_that_is_ordered_later_begins_with_the_next_period(
    campaign: Campaign, alice: User
) -> None:
    standing = ordered(alice)
    StandingExport.objects.update(created_at=NEW_YEAR)
    periods_close(now=NEW_YEAR + MINUTE)
    assert standing.runs.count() == 0


def test_an_owner_who_is_no_officer_any_more_gets_nothing_and_officers_are_told(
    campaign: Campaign, alice: User, ada: User
) -> None:
    """Removed: `_refuse_without_right`. This test then fails."""
    standing = ordered(alice)
    user_change_role(user=alice, role=Role.AUDITOR, by=ada, now=NOON)
    beat(NEW_YEAR)
    run = Run.objects.with_all().get(standing=standing)
    assert (run.failed, run.export) == (True, None)
    standing.refresh_from_db()
    assert standing.stopped_at == NEW_YEAR
    assert "not an officer" in standing.stopped_why
    assert (f"failed:{run.pk}:1", ada.ref) in notices()
    assert '"kind":"standing_export.stopped"' in "".join(
        Event.objects.values_list("body", flat=True)
    )
    beat(NEW_YEAR + timedelta(days=40))
    assert standing.runs.count() == 1


def test_orders_changes_and_stops_are_events_without_anybody_s_words(
    campaign: Campaign, alice: User, ada: User
) -> None:
    standing = ordered(alice, name="Für Herrn Müller")
    wanted = {
        "name": "Other",
        "every": "week",
        "kind": "csv",
        "edition": "full",
        "campaigns": [campaign],
        "keep_months": 6,
    }
    standing_change(standing=standing, user=alice, now=NOON, **wanted)
    with pytest.raises(Refusal, match="Only its owner"):
        standing_change(standing=standing, user=ada, now=NOON, **wanted)
    standing_stop(standing=standing, user=ada, now=NOON)
    with pytest.raises(Refusal, match="was stopped"):
        standing_stop(standing=standing, user=alice, now=NOON)
    with pytest.raises(Refusal, match="was stopped"):
        standing_change(standing=standing, user=alice, now=NOON, **wanted)
    bodies = list(Event.objects.order_by("-seq").values_list("body", flat=True)[:3])
    assert ["stopped" in bodies[0], "changed" in bodies[1], "created" in bodies[2]] == [True] * 3
    assert campaign.ref in bodies[1]
    assert not [body for body in bodies if "Müller" in body]


def test_two_runs_that_end_together_are_told_together(campaign: Campaign, alice: User) -> None:
    """One mail for the quarter, once the last of its campaigns is settled."""
    Campaign.objects.create(
        name="Another", guide_version=campaign.guide_version, opens_on=NOON.date(),
        due_on=NOON.date(), closes_on=NOON.date(), legal_basis="other", retention_months=1,
        state="running", launched_at=NOON, launched_seq=campaign.launched_seq,
    )  # fmt: skip
    periods_close(now=NEW_YEAR)
    runs_ask(now=NEW_YEAR)
    first, second = Run.objects.order_by("campaign__name")
    Export.objects.filter(run=first).update(state="failed", error="gone")
    runs_settle(now=NEW_YEAR)
    assert notices("made:") == []
    Export.objects.filter(run=second).update(state="ready")
    runs_settle(now=NEW_YEAR)
    runs_settle(now=NEW_YEAR)
    assert len(notices("made:")) == 1
    assert (
        "1 of 2 made"
        in notice_write(Notice.objects.get(about__startswith="made:"), NEW_YEAR).letter.subject
    )
