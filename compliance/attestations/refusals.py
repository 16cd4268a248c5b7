"""Who was at somebody's link and could not show that it is theirs: events of the ledger."""

from datetime import datetime

from django.db import transaction

from compliance.campaigns.models import Assignment
from ledger import journal

# Signed in as somebody else; entered wrong codes until no try was left.
OTHER_ACCOUNT, WRONG_CODES = "other_account", "wrong_codes"


def refusal_record(assignment: Assignment, *, reason: str, now: datetime) -> None:
    """Write down that an answer was not taken; says nothing about who tried."""
    with transaction.atomic():
        journal.append(
            "answer.refused",
            actor="anonymous",
            subject=assignment.ref,
            now=now,
            data={"campaign": assignment.campaign.ref, "reason": reason},
        )
