"""Simulations for programs: one JSON object for a campaign, one for a person in it."""

from collections.abc import Mapping
from datetime import datetime

from accounts.directory.models import Employee
from compliance.campaigns.models import Assignment, Campaign, CampaignState
from compliance.launch.mail_days import Planned, StepOfDay, schedule_in_draft, schedule_of
from compliance.launch.outlooks import campaign_outlook, standstill
from ledger.commands import Refusal

_NEWEST = 5


def campaign_simulated(campaign_id: int, *, now: datetime) -> dict[str, object]:
    """Mails by day and by step, and when the last ones are out. Raises Refusal."""
    campaign = _campaign(campaign_id)
    outlook = campaign_outlook(campaign, now=now)
    days = outlook.simulation.days
    return {
        "campaign": campaign.pk,
        "state": campaign.state,
        "mails": outlook.simulation.total,
        "invited_at": _text(outlook.simulation.invited_at),
        "finished_at": _text(outlook.simulation.finished_at),
        "left_out": outlook.left_out,
        "per_minute": outlook.per_minute,
        "per_day": outlook.per_day,
        "standstill": outlook.standstill,
        "days": [
            {"day": day.isoformat(), "invitations": invitations, "reminders": reminders}
            for day, invitations, reminders in days
        ],
        "steps": [_step(step) for step in outlook.steps],
    }


def person_simulated(campaign_id: int, email: str, *, now: datetime) -> dict[str, object]:
    """Every mail still to come for whoever has this address. Raises Refusal."""
    campaign = _campaign(campaign_id)
    return {
        "campaign": campaign.pk,
        "state": campaign.state,
        "email": email,
        "standstill": standstill(campaign),
        "mails": [_planned(mail) for mail in _schedule(campaign, email, now)],
    }


def _schedule(campaign: Campaign, email: str, now: datetime) -> list[Planned]:
    if campaign.state == CampaignState.DRAFT:
        employee = Employee.objects.active().filter(email__iexact=email).first()
        if employee is None:
            raise Refusal(f"Nobody in the directory has the address {email}.")
        return schedule_in_draft(campaign, employee, now=now)
    people = Assignment.objects.select_related("campaign", "employee").filter(campaign=campaign)
    # The address as of launch, or the one that the directory has by now.
    person = people.filter(email__iexact=email).first()
    person = person or people.filter(employee__email__iexact=email).first()
    if person is None:
        raise Refusal(f"Nobody in “{campaign}” has the address {email}.")
    return schedule_of(person, now=now)


def _campaign(campaign_id: int) -> Campaign:
    rows = Campaign.objects.select_related("guide_version__guide")
    campaign = rows.filter(pk=campaign_id).first()
    if campaign is None:
        newest = ", ".join(
            f"{row.pk} ({row})" for row in Campaign.objects.order_by("-pk")[:_NEWEST]
        )
        raise Refusal(
            f"There is no campaign {campaign_id}. "
            + (f"The newest are: {newest}." if newest else "There is none yet.")
        )
    return campaign


def _step(step: StepOfDay) -> Mapping[str, object]:
    return {
        "day": step.day.isoformat(),
        "step": step.code,
        "name": step.name,
        "people": step.people,
        "begins_at": step.begins.isoformat(),
        "ends_at": step.ends.isoformat(),
    }


def _planned(mail: Planned) -> Mapping[str, object]:
    return {
        "day": mail.day.isoformat(),
        "step": mail.code,
        "name": mail.name,
        "hours": [[begins.isoformat(), ends.isoformat()] for begins, ends in mail.hours],
        "time_zone": mail.time_zone,
        "window": mail.window,
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
