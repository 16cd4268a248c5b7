"""What will go out when, as pages and commands show it: the simulation, its limits, its ends."""

from dataclasses import dataclass
from datetime import datetime

from compliance.campaigns.audience import asked
from compliance.campaigns.models import Assurance, Campaign, CampaignState
from compliance.campaigns.policy import INVITATION
from compliance.launch.mail_chart import MailChart, mail_chart
from compliance.launch.mail_days import StepOfDay, by_step
from compliance.reminders.instance import hold_reason
from compliance.reminders.leaves import on_leave
from compliance.reminders.outlook import outlook
from compliance.reminders.pausing import campaign_resumed
from compliance.reminders.plan import people_reached
from compliance.reminders.senders import rate_per_day, rate_per_minute
from compliance.reminders.simulation import ASSUMED_RATE_PER_MINUTE, Simulation


@dataclass(frozen=True)
class Outlook:
    """A simulation from now on, and what bounds it."""

    simulation: Simulation
    steps: list[StepOfDay]
    chart: MailChart | None
    # Mails a minute and a day, 0 for any number; and with how many a minute it counts then.
    per_minute: int
    per_day: int
    assumed: int
    # People whose invitation does not leave before the last day.
    left_out: int
    # People on leave now: theirs come when they are back.
    away: int
    # Why nothing leaves at all, in a sentence.
    standstill: str

    @property
    def reminded_at(self) -> datetime | None:
        """When the last reminder is out; None when there is none."""
        reminders = (mail.ends for mail in self.simulation.mails if mail.code != INVITATION)
        return max(reminders, default=None)


def campaign_outlook(campaign: Campaign, *, now: datetime) -> Outlook:
    """What `campaign` sends from now on, as it stands; for a draft, were it launched now."""
    simulation = outlook(campaign, now=now)
    invited = sum(mail.people for mail in simulation.mails if mail.code == INVITATION)
    codes = campaign.assurance == Assurance.CODE
    uninvited, away = _uninvited_and_away(campaign, now)
    return Outlook(
        simulation=simulation,
        steps=by_step(simulation),
        chart=mail_chart(simulation.days, due=campaign_resumed(campaign, now=now).due_on),
        per_minute=rate_per_minute(codes=codes),
        per_day=rate_per_day(codes=codes),
        assumed=ASSUMED_RATE_PER_MINUTE,
        left_out=uninvited - invited,
        away=away,
        standstill=standstill(campaign),
    )


def _uninvited_and_away(campaign: Campaign, now: datetime) -> tuple[int, int]:
    if campaign.state == CampaignState.DRAFT:
        return asked(campaign).count(), 0
    people = people_reached(campaign)
    return people.filter(counts_from=None).count(), people.filter(on_leave(now)).count()


def standstill(campaign: Campaign) -> str:
    """Why nothing of `campaign` leaves, in a sentence; '' when mails do."""
    if campaign.state == CampaignState.CLOSED:
        return "This campaign is closed: nothing goes out any more."
    if campaign.state == CampaignState.PAUSED:
        return (
            "This campaign is paused: nothing goes out until somebody resumes it. What is listed "
            "is what would go out, were it resumed now."
        )
    held = hold_reason()
    return f"Sending is held: nothing goes out before it is released. {held}" if held else ""
