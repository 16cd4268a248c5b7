"""Everybody's own due date moves with the campaign's."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.campaigns.due_moves import DueMove
from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.services import campaign_extend
from compliance.guides.models import GuideVersion
from tests.factories import NOON, AssignmentFactory, CampaignFactory

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def campaign(linkedin: GuideVersion) -> Any:
    """Due on the 11th, open up to the 31st of December."""
    return CampaignFactory.create(running=True)


def extend(campaign: Campaign, due_on: date, closes_on: date = date(2026, 12, 31)) -> Campaign:
    return campaign_extend(
        campaign=campaign, due_on=due_on, closes_on=closes_on, user=None, now=NOON
    )


def due_dates(campaign: Campaign) -> list[date]:
    rows = Assignment.objects.filter(campaign=campaign).order_by("pk")
    return list(rows.order_by("due_on").values_list("due_on", flat=True))


def test_an_extension_gives_each_person_as_many_days_but_none_beyond_the_last(
    campaign: Campaign,
) -> None:
    """Fails without `due_dates_move` in `campaign_extend`, and without its `min(…, last)`."""
    for day in (11, 18, 28):
        AssignmentFactory.create(campaign=campaign, due_on=date(2026, 12, day))
    extended = extend(campaign, date(2026, 12, 15))
    assert due_dates(campaign) == [date(2026, 12, day) for day in (15, 22, 31)]
    assert extended.due_round == 1
    moves = DueMove.objects.order_by("before").values_list("before", "after", "seq")
    seq = campaign.decisions.get().seq
    assert list(moves) == [
        (date(2026, 12, 18), date(2026, 12, 22), seq),
        (date(2026, 12, 28), date(2026, 12, 31), seq),
    ]


def test_a_later_last_day_alone_moves_no_due_date_and_begins_no_new_round(
    campaign: Campaign,
) -> None:
    AssignmentFactory.create(campaign=campaign)
    extended = extend(campaign, date(2026, 12, 11), date(2027, 1, 15))
    assert due_dates(campaign) == [date(2026, 12, 11)]
    assert extended.due_round == 0
    assert not DueMove.objects.exists()


def test_another_campaign_keeps_its_days(campaign: Campaign) -> None:
    other = AssignmentFactory.create()
    extend(campaign, date(2026, 12, 15))
    assert due_dates(other.campaign) == [date(2026, 12, 11)]


def test_an_extension_takes_as_many_statements_for_one_as_for_many(linkedin: GuideVersion) -> None:
    statements = []
    for people in (1, 12):
        campaign = CampaignFactory.create(running=True)
        AssignmentFactory.create_batch(people, campaign=campaign, due_on=date(2026, 12, 18))
        with CaptureQueriesContext(connection) as asked:
            extend(campaign, date(2026, 12, 15))
        statements.append(len(asked))
    assert statements[0] == statements[1]
