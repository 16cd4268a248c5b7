"""The company's rule: when its business year begins, and how long evidence is kept."""

from datetime import datetime

from django.db import transaction

from accounts.signin.models import User
from compliance.reminders.calendar import company_day
from compliance.retention.models import LegalHold
from ledger import journal
from ledger.commands import Refusal
from reports.quarters.models import QuarterRule

SUBJECT = "quarters"


def rule_now() -> QuarterRule:
    """The rule in force: what an administrator chose, else calendar years and ten years."""
    return QuarterRule.objects.filter(pk=1).first() or QuarterRule()


@transaction.atomic
def rule_change(*, first_month: int, keep_years: int, user: User, now: datetime) -> QuarterRule:
    """Change the rule from now on: quarters that are over stay as they were cut.

    Raises Refusal when files would be kept for less time while a legal hold is in force.
    """
    QuarterRule.objects.get_or_create(pk=1)
    rule = QuarterRule.objects.select_for_update().get(pk=1)
    before = _said(rule)
    if keep_years < rule.keep_years and LegalHold.objects.in_force(company_day(now)).exists():
        raise Refusal(
            f"A legal hold is in force: evidence stays for {rule.keep_years} years at least."
            " Lift the hold first, or leave the years as they are."
        )
    if first_month != rule.first_month:
        rule.first_month, rule.month_since = first_month, now
    rule.keep_years = keep_years
    if _said(rule) != before:
        rule.save()
        data = {"from": before, "to": _said(rule)}
        journal.append("quarters.changed", actor=user.ref, subject=SUBJECT, now=now, data=data)
    return rule


def _said(rule: QuarterRule) -> dict[str, object]:
    return {"first_month": rule.first_month, "keep_years": rule.keep_years}
