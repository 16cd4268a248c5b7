"""Reads: the mails that a person has to decide about, page by page."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from compliance.campaigns.policy import step_name
from compliance.reminders.endings import ANSWERED, CLOSED, LEFT, gone_reason
from compliance.reminders.models import UNDELIVERABLE, Message, MessageQuerySet, State

PAGE_SIZE = 50
KINDS = {"uncertain": (State.UNCERTAIN,), "undeliverable": UNDELIVERABLE}
_GONE = {
    ANSWERED: "The person has answered meanwhile.",
    LEFT: "The person has left.",
    CLOSED: "The campaign is closed.",
}


@dataclass(frozen=True)
class AttentionRow:
    """One mail, and what a decision about it has to know."""

    mail: Message

    @property
    def step(self) -> str:
        """Which mail it is, in words."""
        return step_name(self.mail.step)

    @property
    def gone(self) -> str:
        """Why nobody waits for it any more, in a sentence; '' when somebody does."""
        return _GONE.get(gone_reason(self.mail.assignment), "")


@dataclass(frozen=True)
class AttentionPage:
    """Some mails, longest waiting first, and the id that leads to those after them."""

    rows: list[AttentionRow]
    after: UUID | None


def attention(kind: str) -> MessageQuerySet:
    """Mails of one kind (a key of KINDS); about an erased person nothing is left to decide."""
    rows = Message.objects.filter(decidable=True, state__in=KINDS[kind])
    return rows.filter(assignment__erased_number=None)


def attention_page(kind: str, *, after: UUID | None = None) -> AttentionPage:
    """The mails that follow `after`; an id that is gone means the beginning."""
    rows = attention(kind).select_related("assignment__campaign", "assignment__employee")
    anchor = (
        Message.objects.filter(pk=after).values_list("state_at", "pk").first() if after else None
    )
    if anchor and anchor[0]:
        at, pk = anchor
        rows = rows.filter(Q(state_at__gt=at) | Q(state_at=at, pk__gt=pk))
    found = list(rows.order_by("state_at", "pk")[: PAGE_SIZE + 1])
    shown = [AttentionRow(mail) for mail in found[:PAGE_SIZE]]
    return AttentionPage(shown, shown[-1].mail.pk if len(found) > PAGE_SIZE else None)
