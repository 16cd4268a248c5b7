"""Mails to erased people: addresses and words go, what seals committed to stays."""

from collections.abc import Collection
from itertools import islice
from uuid import UUID

from django.db import connection
from django.db.models import Q

from accounts.sets import rows_lock
from compliance.reminders.models import Leave, Message, Outcome, State
from compliance.reminders.seal import OUTCOME_COLUMNS, outcome_row, row_leaf

_BATCH = 5_000
_BLANK = f"UPDATE {Outcome._meta.db_table} SET leaf = %s, answer = '' WHERE id = %s"  # noqa: S608


def mails_forget(assignments: Collection[UUID]) -> int:
    """Blank recipients, servers' answers and people's reasons; returns how many messages.

    Our own words for a cancellation stay. Mails and outcomes are locked until the transaction
    ends, before the ledger is.
    """
    messages = Message.objects.filter(assignment__in=assignments)
    outcomes = Outcome.objects.filter(message__in=messages)
    rows_lock(messages)
    rows_lock(outcomes)
    _answers_blank(list(outcomes.exclude(answer="").values_list("pk", flat=True)))
    outcomes.exclude(recipient="").update(recipient="")
    messages.filter(~Q(recipient="") | ~Q(reason="")).update(recipient="", reason="")
    return messages.count()


def being_handed_over(assignments: Collection[UUID]) -> bool:
    """Whether a mail to one of them is with the mail server at this moment."""
    return Message.objects.filter(assignment__in=assignments, state=State.STARTED).exists()


def leaves_forget(people: Collection[UUID]) -> int:
    """Delete when `people` were away; returns how many leaves."""
    return Leave.objects.filter(employee__in=people).delete()[0]


def _answers_blank(keys: list[int]) -> None:
    rest = iter(keys)
    while batch := list(islice(rest, _BATCH)):
        rows = Outcome.objects.filter(pk__in=batch).exclude(state=State.CANCELLED)
        values = rows.values_list(*OUTCOME_COLUMNS)
        leaves = [(row_leaf(outcome_row(row)), row[0]) for row in values]
        with connection.cursor() as cursor:
            cursor.executemany(_BLANK, leaves)
