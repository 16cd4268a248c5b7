"""The one write of this room: an answer is recorded."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.answers import ANSWERS, CLOSING
from compliance.attestations.models import Attestation
from compliance.attestations.reach import answers_taken, reachable
from compliance.campaigns.links import link_url
from compliance.campaigns.models import Assignment, Assurance, Campaign
from compliance.reminders.endings import ANSWERED
from compliance.reminders.services import messages_cancel
from ledger import journal
from ledger.commands import Refusal
from ledger.models import Event

# Whoever changes their mind more often is asked to write instead: the ledger is for ever.
LIMIT = 20


def attestation_record(
    *,
    assignment_id: UUID,
    link_version: int,
    answer: str,
    now: datetime,
    shown: Assurance = Assurance.LINK,
) -> Attestation:
    """Record `answer` (a code of compliance.answers) with its ledger event, and stop the reminders.

    `shown` is how the person has shown who they are: what the campaign asks for, or it is refused.
    The same answer as the latest one adds nothing and returns the latest: a second click is no
    correction. Raises Refusal, in the active language, when the link, the campaign or the limit of
    20 answers says no; then nothing has changed.
    """
    if answer not in ANSWERS:
        raise Refusal(_("Please choose one of the answers shown."))
    with transaction.atomic():
        assignment = _locked(assignment_id, link_version, now)
        _refuse_unshown(assignment.campaign, shown)
        latest = assignment.attestations.order_by("-number").first()
        if latest and latest.answer == answer:
            return latest
        number = latest.number + 1 if latest else 1
        _refuse_too_many(number)
        _follow(assignment, answer, now)
        event = _append(assignment, answer, number, now, shown=shown)
        # Only now, under the ledger's lock, is it certain what came first: a campaign that closed
        # while we waited has its event before ours, and no answer may stand after the close.
        _refuse_when_closed(Campaign.objects.get(pk=assignment.campaign_id), now)
        return _keep(assignment, answer, number, event, now, shown=shown)


def answer_link_show(*, assignment_id: UUID, now: datetime) -> str:
    """Somebody's personal link, for an administrator at the command line; a ledger event itself.

    Raises Refusal for an unknown id and for an assignment whose link leads nowhere.
    """
    with transaction.atomic():
        assignment = Assignment.objects.select_related("campaign").filter(pk=assignment_id).first()
        if assignment is None:
            raise Refusal(f"There is no assignment {assignment_id}. Its id stands on its page.")
        _refuse_without_page(assignment, now)
        journal.append(
            "link.shown",
            actor="command",
            subject=assignment.ref,
            now=now,
            data={"version": assignment.link_version},
        )
    return link_url(assignment)


def _locked(assignment_id: UUID, link_version: int, now: datetime) -> Assignment:
    """The assignment, locked so that two tabs queue. Raises Refusal when its link has ended."""
    rows = reachable(now).select_for_update(of=("self",))
    assignment = rows.filter(pk=assignment_id, link_version=link_version).first()
    if assignment is None:
        raise Refusal(_("This link has ended. Please use the link in your newest e-mail."))
    return assignment


def _refuse_when_closed(campaign: Campaign, now: datetime) -> None:
    if not answers_taken(campaign, now=now):
        raise Refusal(_("This question is closed. Your answer came after that."))


def _refuse_unshown(campaign: Campaign, shown: Assurance) -> None:
    if campaign.assurance != shown:
        raise Refusal(_("Please open the link in the e-mail once more and follow the steps there."))


def _refuse_too_many(number: int) -> None:
    if number > LIMIT:
        raise Refusal(
            _("You have changed your answer many times. Is it still not right? Please write to us.")
        )


def _follow(assignment: Assignment, answer: str, now: datetime) -> None:
    """Repeat the answer on the assignment; a closing one ends what is still owed."""
    closing = answer in CLOSING
    assignment.answer, assignment.answered_at = answer, now
    assignment.closed_at = (assignment.closed_at or now) if closing else None
    assignment.save(update_fields=["answer", "answered_at", "closed_at"])
    if closing:
        mine = Assignment.objects.filter(pk=assignment.pk)
        messages_cancel(assignments=mine, reason=ANSWERED, now=now)


def _append(
    assignment: Assignment, answer: str, number: int, now: datetime, *, shown: Assurance
) -> Event:
    return journal.append(
        "attestation.recorded",
        actor=assignment.ref,
        subject=assignment.ref,
        now=now,
        data={
            "answer": answer,
            "number": number,
            "campaign": assignment.campaign.ref,
            "wording": assignment.campaign.guide_version.digest,
            "language": assignment.language,
            "assurance": shown.value,
        },
    )


def _keep(
    assignment: Assignment,
    answer: str,
    number: int,
    event: Event,
    now: datetime,
    *,
    shown: Assurance,
) -> Attestation:
    return Attestation.objects.create(
        assignment=assignment,
        number=number,
        answer=answer,
        at=now,
        guide_version=assignment.campaign.guide_version,
        language=assignment.language,
        assurance=shown,
        seq=event.seq,
    )


def _refuse_without_page(assignment: Assignment, now: datetime) -> None:
    campaign = assignment.campaign
    if assignment.exclusion:
        reason = assignment.get_exclusion_display().lower()
        raise Refusal(f"This person is not asked: {reason}. An excluded assignment has no link.")
    if assignment.withdrawn:
        raise Refusal("This person has left the company. Their link has ended.")
    if not answers_taken(campaign, now=now):
        raise Refusal(f"“{campaign}” is closed and takes no more answers.")
    if not reachable(now).filter(pk=assignment.pk).exists():
        raise Refusal(
            f"“{campaign}” opens on {campaign.opens_on}. Links lead nowhere before that day."
        )
