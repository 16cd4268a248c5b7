"""Legal holds: what must not be erased, why, and until when."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from accounts.directory.models import Employee
from accounts.signin.models import User
from compliance.campaigns.models import Assignment, Campaign, CampaignState
from compliance.reminders.alone import one_at_a_time
from compliance.retention.models import LegalHold, LegalHoldQuerySet
from ledger import journal
from ledger.commands import Refusal

ERASURE = "erasure"  # erasures and holds queue: a hold that stands is looked at by every erasure
REASON_MAX = 300


def hold_place(
    *,
    campaign: Campaign | None = None,
    employee: Employee | None = None,
    reason: str,
    until: date,
    user: User,
    now: datetime,
) -> LegalHold:
    """Keep a campaign's, or a person's, records up to `until`, that day included. Raises Refusal.

    The reason stands in the vault; the event `hold.placed` holds a commitment to it.
    """
    subject = _subject(campaign, employee)
    reason = _refuse_unusable(reason, until, timezone.localdate(now))
    with transaction.atomic(), one_at_a_time(ERASURE):
        _refuse_gone(campaign, employee)
        committed = journal.commit_values(subject, {"hold": reason})
        event = journal.append(
            "hold.placed",
            actor=user.ref,
            subject=subject,
            now=now,
            data={"until": until.isoformat(), "committed": committed},
        )
        return LegalHold.objects.create(
            campaign=campaign,
            employee=employee,
            reason=reason,
            until=until,
            placed_at=now,
            placed_by=user,
            placed_seq=event.seq,
        )


def hold_lift(*, hold: LegalHold, user: User, now: datetime) -> LegalHold:
    """Let retention go on. Raises Refusal when the hold is over already."""
    with transaction.atomic(), one_at_a_time(ERASURE):
        hold = LegalHold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
        if not LegalHold.objects.in_force(timezone.localdate(now)).filter(pk=hold.pk).exists():
            raise Refusal("This legal hold is over already.")
        event = journal.append(
            "hold.lifted",
            actor=user.ref,
            subject=_subject(hold.campaign, hold.employee),
            now=now,
            data={"placed": hold.placed_seq},
        )
        hold.lifted_at, hold.lifted_by, hold.lifted_seq = now, user, event.seq
        hold.save(update_fields=["lifted_at", "lifted_by", "lifted_seq"])
    return hold


def holds_on_campaign(campaign: Campaign, today: date) -> LegalHoldQuerySet:
    """The holds in force that keep all of `campaign`."""
    return LegalHold.objects.in_force(today).filter(campaign=campaign)


def holds_on_person(employee: Employee, today: date) -> LegalHoldQuerySet:
    """The holds in force that keep `employee`: their own, and those of campaigns that name them."""
    named = Assignment.objects.filter(Q(employee=employee) | Q(manager=employee))
    campaigns = named.order_by().values("campaign")
    held = LegalHold.objects.in_force(today)
    return held.filter(Q(employee=employee) | Q(campaign__in=campaigns))


def people_held(today: date) -> frozenset[UUID]:
    """Everybody who is held by name; a handful."""
    held = LegalHold.objects.in_force(today).filter(employee__isnull=False)
    return frozenset(held.values_list("employee", flat=True))


def hold_words(hold: LegalHold) -> str:
    """Why nothing is erased, for whoever was refused."""
    what = f"“{hold.campaign}”" if hold.campaign else "This person"
    until, why = date_format(hold.until, "j M Y"), hold.reason.rstrip(".")
    return (
        f"{what} is under legal hold up to {until}: {why}. Lift the hold first, or wait until it "
        "has run out."
    )


def _subject(campaign: Campaign | None, employee: Employee | None) -> str:
    if campaign:
        return campaign.ref
    assert employee is not None
    return f"employee:{employee.pk}"


def _refuse_unusable(reason: str, until: date, today: date) -> str:
    reason = " ".join(reason.split())
    if not reason or len(reason) > REASON_MAX:
        raise Refusal(f"Say why, in at most {REASON_MAX} characters: auditors read it.")
    if until < today:
        raise Refusal("A legal hold ends today or later. Choose a later day.")
    return reason


def _refuse_gone(campaign: Campaign | None, employee: Employee | None) -> None:
    if campaign and campaign.state == CampaignState.DRAFT:
        raise Refusal("A draft holds nobody's data. Launch it first.")
    if campaign and Campaign.objects.filter(pk=campaign.pk, erased_at__isnull=False).exists():
        raise Refusal("Everybody in this campaign was erased. There is nothing to keep any more.")
    if employee and not Employee.objects.filter(pk=employee.pk).exists():
        raise Refusal("This person was erased. There is nothing to keep any more.")
