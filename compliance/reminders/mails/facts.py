"""What a mail says besides whom it addresses: readers with the same facts read the same words."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings

from compliance.campaigns.models import Assignment, Campaign
from compliance.campaigns.policy import INVITATION, Occasion, Policy, Wording
from compliance.reminders.calendar import working_day, working_days_between
from compliance.reminders.mails.addresses import one_line
from compliance.reminders.schedule import Crowd, occasion_day

# The languages that our own sentences are written in.
LANGUAGES = ("en", "de")
# So many working days before the due date a reminder begins to count them.
COUNTED = 5
NOT_COUNTED = -1
# Longer than any five working days with the holidays between them.
_SOON = timedelta(days=14)
_DAY = timedelta(days=1)


class Frame(NamedTuple):
    """What a mail says once, however many campaigns it is about."""

    language: str
    named: bool
    sender: str
    from_address: str
    reply_to: str
    company: str
    public_url: str
    phishing_check: str
    test: bool


class Part(NamedTuple):
    """What a mail says about one campaign."""

    guide: str  # the digest of its wording
    language: str
    invitation: bool
    due_on: date
    closes_on: date
    overdue: bool
    # Whether answers are taken today for the last time.
    closing: bool
    # Working days until the due date, 0 on it; NOT_COUNTED where the mail does not say.
    days_left: int
    # Whether it is certain, as the policy stands, that no other mail follows.
    last: bool
    own: Wording


def frame_of(assignment: Assignment, *, from_address: str, test: bool) -> Frame:
    """The frame of a mail to `assignment`'s person; `from_address` as checked."""
    campaign = assignment.campaign
    return Frame(
        language=frame_language(assignment.language),
        named=bool(one_line(assignment.first_name)),
        sender=sender_name(campaign),
        from_address=from_address,
        reply_to=campaign.reply_to,
        company=settings.COMPANY_NAME,
        public_url=settings.PUBLIC_URL,
        phishing_check=settings.PHISHING_CHECK_TEXT,
        test=test,
    )


class Case(NamedTuple):
    """All that a part follows from."""

    guide: str
    language: str
    step: int
    policy: str  # JSON
    due_round: int
    country: str
    counts_from: date | None
    due_on: date
    closes_on: date
    today: date


def part_of(assignment: Assignment, *, step: int, today: date) -> Part:
    """What the mail of `step` says about `assignment`'s campaign; `today` is the person's day."""
    campaign = assignment.campaign
    case = Case(
        campaign.guide_version.digest,
        assignment.language,
        step,
        _policy_text(campaign),
        campaign.due_round,
        assignment.country or settings.COMPANY_COUNTRY,
        assignment.counts_from,
        assignment.due_on,
        campaign.closes_on,
        today,
    )
    return _part(case)


def _policy_text(campaign: Campaign) -> str:
    """The policy as a key, put into words once for each campaign that is loaded."""
    kept: tuple[object, str] | None = campaign.__dict__.get("_policy_text")
    if kept is None or kept[0] is not campaign.policy:
        kept = campaign.__dict__["_policy_text"] = (campaign.policy, json.dumps(campaign.policy))
    return kept[1]


def sender_name(campaign: Campaign) -> str:
    """Who writes: the campaign's sender, else the company."""
    return one_line(campaign.sender_name) or one_line(settings.COMPANY_NAME) or "Optrail"


def frame_language(language: str) -> str:
    """The language of our own sentences: a guide may speak more than they do."""
    own = language.partition("-")[0]
    return own if own in LANGUAGES else LANGUAGES[0]


@lru_cache(maxsize=4_096)
def _part(case: Case) -> Part:
    policy = Policy.from_json(json.loads(case.policy))
    occasions = policy.occasions(due_round=case.due_round)
    reminder = case.step != INVITATION
    return Part(
        guide=case.guide,
        language=case.language,
        invitation=not reminder,
        due_on=case.due_on,
        closes_on=case.closes_on,
        overdue=case.today > case.due_on,
        closing=case.today == case.closes_on,
        days_left=_days_left(case) if reminder else NOT_COUNTED,
        last=reminder and _last(occasions, case),
        own=_own_words(occasions, case),
    )


def _days_left(case: Case) -> int:
    near = case.today <= case.due_on <= case.today + _SOON
    if not near or not working_day(case.country, case.due_on):
        return NOT_COUNTED
    left = working_days_between(case.country, case.today + _DAY, case.due_on)
    return left if left <= COUNTED else NOT_COUNTED


def _last(occasions: Sequence[Occasion], case: Case) -> bool:
    """Whether no step can come due any more; when that is unknown, no."""
    if case.counts_from is None:
        return False
    crowd = Crowd(case.country, "", case.counts_from, case.due_on, mailed_on=None)
    days = (occasion_day(occasion, crowd) for occasion in occasions)
    return not any(case.today < day <= case.closes_on for day in days)


def _own_words(occasions: Sequence[Occasion], case: Case) -> Wording:
    """The step's own words in the reader's language, else in the one our sentences are in."""
    steps = {occasion.code: occasion.step for occasion in occasions}
    own = steps[case.step].wording if case.step in steps else {}
    wanted = (case.language, case.language.partition("-")[0], frame_language(case.language))
    return next((own[code] for code in wanted if code in own), Wording())
