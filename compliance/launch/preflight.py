"""What a launch would do, and what stands in its way."""

from dataclasses import dataclass
from datetime import datetime

from compliance.campaigns.models import Campaign
from compliance.campaigns.reach import Reach, reach
from compliance.launch.obstacles import launch_notes, launch_obstacles
from compliance.launch.outlooks import Outlook, campaign_outlook


@dataclass(frozen=True)
class Preflight:
    """Obstacles (each with what to do), notes, whom it reaches, and the mails by day."""

    obstacles: list[str]
    notes: list[str]
    reach: Reach
    outlook: Outlook


def preflight(campaign: Campaign, *, now: datetime) -> Preflight:
    """Look at everything and change nothing; the mail server is called, nothing is sent."""
    return Preflight(
        obstacles=launch_obstacles(campaign, now=now),
        notes=launch_notes(campaign, now=now),
        reach=reach(campaign),
        outlook=campaign_outlook(campaign, now=now),
    )
