"""Where a personal link leads, and until when answers are taken."""

from datetime import datetime

from django.utils import timezone

from compliance.campaigns.links import token_read
from compliance.campaigns.models import (
    Assignment,
    AssignmentQuerySet,
    Campaign,
    CampaignState,
)

TAKING = (CampaignState.RUNNING, CampaignState.PAUSED)


def assignment_behind(token: str, *, now: datetime) -> Assignment | None:
    """The assignment that `token` opens; None for one that leads nowhere, whatever the reason.

    The token's HMAC is checked first: what we did not make costs no look into the database.
    """
    read = token_read(token)
    if read is None:
        return None
    assignment_id, version = read
    return reachable(now).filter(pk=assignment_id, link_version=version).first()


def reachable(now: datetime) -> AssignmentQuerySet:
    """Assignments with a page: asked, not erased, still here, of a campaign that has opened."""
    return (
        Assignment.objects.asked()
        .filter(withdrawn=False, campaign__opens_on__lte=timezone.localdate(now))
        .exclude(campaign__state=CampaignState.DRAFT)
        .select_related("campaign__guide_version")
    )


def answers_taken(campaign: Campaign, *, now: datetime) -> bool:
    """Whether `campaign` takes answers; its last day ends at midnight, company time."""
    return campaign.state in TAKING and timezone.localdate(now) <= campaign.closes_on
