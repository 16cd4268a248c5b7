"""Files are kept as long as the rule says, longer under a legal hold, and no longer."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from accounts.signin.models import User
from compliance.campaigns.models import Campaign
from compliance.retention.models import LegalHold
from ledger.commands import Refusal
from ledger.models import Event
from reports.models import Export
from reports.quarters.keeping import files_clear
from reports.quarters.models import QuarterRule, Run
from reports.quarters.rule import rule_change, rule_now
from reports.quarters.standing import standing_create
from reports.services import export_download
from tests.factories import NOON
from tests.reports.conftest import stored
from tests.reports.quarters.conftest import NEW_YEAR, beat
from tests.reports.scenario import Scenario

pytestmark = pytest.mark.both
LAST_DAY, DAY_AFTER = (datetime(2036, 12, 31, 23, tzinfo=UTC), datetime(2037, 1, 1, 1, tzinfo=UTC))


@pytest.fixture
def export(campaign: Campaign) -> Export:
    beat(NEW_YEAR)
    return Export.objects.get()


def held(user: User, **of: object) -> LegalHold:
    return LegalHold.objects.create(
        until=date(2040, 1, 1), placed_at=NOON, placed_by=user, placed_seq=1, **of
    )


def test_a_file_is_deleted_the_day_after_its_last_and_that_is_an_event(
    export: Export, aino: User, data_dir: Path
) -> None:
    assert files_clear(now=LAST_DAY) == 0
    assert stored(export).exists()
    assert files_clear(now=DAY_AFTER) == 1
    assert files_clear(now=DAY_AFTER) == 0
    assert list((data_dir / "exports").iterdir()) == []
    export.refresh_from_db()
    assert (export.state, len(export.sha256)) == ("deleted", 64)
    body = Event.objects.latest("seq").body
    assert '"kind":"export.deleted"' in body
    assert export.sha256 in body
    with pytest.raises(Refusal, match="deleted"):
        export_download(export=export, user=aino, now=DAY_AFTER)


def test_a_legal_hold_on_the_campaign_or_a_person_in_it_keeps_the_file(
    export: Export, story: Scenario, alice: User
) -> None:
    """Removed: either line of `_held`. This test then fails."""
    for of in ({"campaign": story.campaign}, {"employee": story.people["bob"].employee}):
        hold = held(alice, **of)
        assert files_clear(now=DAY_AFTER) == 0
        hold.lifted_seq = 2
        hold.save()
        hold.delete()
    assert files_clear(now=DAY_AFTER) == 1


def test_fewer_years_are_refused_while_a_hold_is_in_force(
    export: Export, story: Scenario, ada: User
) -> None:
    """Removed: the refusal in `rule_change`. This test then fails."""
    hold = held(ada, campaign=story.campaign)
    with pytest.raises(Refusal, match="at least"):
        rule_change(first_month=1, keep_years=9, user=ada, now=NEW_YEAR)
    assert not QuarterRule.objects.filter(keep_years=9).exists()
    rule_change(first_month=1, keep_years=11, user=ada, now=NEW_YEAR)
    hold.delete()
    rule_change(first_month=1, keep_years=1, user=ada, now=NEW_YEAR)
    assert files_clear(now=datetime(2028, 1, 1, tzinfo=UTC)) == 1


def test_a_change_of_the_rule_is_one_event_and_no_change_is_none(ada: User) -> None:
    rule_change(first_month=4, keep_years=10, user=ada, now=NOON)
    body = Event.objects.latest("seq").body
    assert '"from":{"first_month":1,"keep_years":10},"to":{"first_month":4,"keep_years":10}' in body
    rule_change(first_month=4, keep_years=10, user=ada, now=NOON + timedelta(days=1))
    assert Event.objects.latest("seq").body == body
    assert (rule_now().first_month, rule_now().month_since) == (4, NOON)


def test_a_standing_export_s_files_go_by_its_own_months(campaign: Campaign, alice: User) -> None:
    standing_create(
        user=alice, now=NOON, name="Mine", every="month", kind="workbook", edition="full",
        campaigns=[], keep_months=2,
    )  # fmt: skip
    beat(NEW_YEAR)
    assert Run.objects.stored().count() == 2
    assert files_clear(now=datetime(2027, 2, 28, 23, tzinfo=UTC)) == 0
    assert files_clear(now=datetime(2027, 3, 1, tzinfo=UTC)) == 1
    assert Run.objects.stored().get().standing is None


def test_a_storage_that_does_not_answer_is_asked_again(
    export: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_options: object) -> None:
        raise OSError("the bucket is away")

    with monkeypatch.context() as patched:
        patched.setattr("reports.quarters.keeping.evidence_delete", away)
        assert files_clear(now=DAY_AFTER) == 0
    export.refresh_from_db()
    assert export.ready
    assert files_clear(now=DAY_AFTER) == 1
