"""Everything that stands in a launch's way, and what is merely worth a second look."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from compliance.campaigns.audience import asked, audience
from compliance.campaigns.models import Assurance, Campaign
from compliance.campaigns.object_ids import without_object_id
from compliance.campaigns.obstacles import campaign_obstacles
from compliance.launch.senders import sender_notes
from compliance.reminders.instance import hold_reason
from compliance.reminders.transports import TransportDownError, configured
from ledger.commands import Refusal

# Somebody is looking at a page meanwhile.
PATIENCE_SECONDS = 5.0


def launch_obstacles(campaign: Campaign, *, now: datetime) -> list[str]:
    """Why this campaign cannot be launched now, each with what to do; tries the mail server."""
    own = campaign_obstacles(campaign, today=timezone.localdate(now))
    return [*own, *_people(campaign), *_links(), *_mail()]


def launch_notes(campaign: Campaign, *, now: datetime) -> list[str]:
    """What does not stop a launch, and should be known."""
    return list(_notes(campaign, now))


def _people(campaign: Campaign) -> Iterator[str]:
    if not audience(campaign).exists():
        yield "Nobody is in scope. Import your people, or widen the audience."
    elif not asked(campaign).exists():
        yield (
            "Everybody in scope is excluded: the setting is not shown in their countries on "
            f"{campaign.opens_on}. Choose another opening day or audience, or ask everywhere."
        )


def _links() -> Iterator[str]:
    if not settings.HTTPS and not settings.LOCAL:
        yield "PUBLIC_URL does not begin with https://: personal links would travel in the open."


def _mail() -> Iterator[str]:
    try:
        transport = configured(patience=PATIENCE_SECONDS)
        if transport is None:
            yield "No mail server is set up. Set EMAIL_URL to one and start Optrail again."
        else:
            transport.connect().close()
    except (Refusal, TransportDownError) as error:
        yield str(error)
    held = hold_reason()
    if held:
        yield f"Sending is held. {held} Release it on the page “Sending” once you are sure."


def _notes(campaign: Campaign, now: datetime) -> Iterator[str]:
    version = campaign.guide_version
    if version.stale_on(timezone.localdate(now)):
        yield (
            f"The guide was last verified on {version.parsed.verified_on}, more than 90 days ago. "
            "Walk through its steps once before you ask everyone to."
        )
    if not campaign.reply_to:
        yield "There is no reply-to address: people cannot answer the mail with a question."
    if not campaign.policy.get("steps"):
        yield "There are no reminders: each person gets the invitation only."
    if settings.LOCAL and not settings.HTTPS:
        yield "This is a local installation: its links work on this machine only."
    newer = version.guide.latest()
    if newer is not None and newer.pk != version.pk:
        yield f"There is a newer version of this guide: {newer}. This campaign uses {version}."
    yield from _sign_in(campaign)
    yield from sender_notes(campaign)


def _sign_in(campaign: Campaign) -> Iterator[str]:
    if campaign.assurance != Assurance.SSO:
        return
    if missing := without_object_id(campaign).count():
        people = "1 person has" if missing == 1 else f"{missing:,} people have"
        yield (
            f"{people} no object id of Microsoft Entra in the directory and cannot answer before "
            "they have one. Read the directory from Microsoft, or import the column “id”."
        )
