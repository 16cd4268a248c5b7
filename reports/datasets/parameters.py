"""Whether a campaign is still the one that was launched."""

import json
import uuid
from collections.abc import Iterator

from compliance.campaigns.models import Campaign
from compliance.campaigns.parameters import REPLACED_POLICY, audience_digest, policy_digest
from ledger.canonical import commitment
from ledger.models import VaultEntry
from reports.datasets.checks import Check
from reports.datasets.course import Course

_PLAIN = (
    "opens_on",
    "send_now",
    "late_joiners",
    "language",
    "ask_everywhere",
    "legal_basis",
    "retention_months",
    "assurance",
)
_RECORD, _LEDGER = "the campaign's record", "the ledger"


def parameter_checks(campaign: Campaign, course: Course) -> Iterator[Check]:
    """The campaign's record against the event of its launch, parameter by parameter."""
    data = course.launch.data
    for name in _PLAIN:
        yield _check(name.replace("_", " "), _text(getattr(campaign, name)), _text(data[name]))
    yield from _policy_checks(campaign, course)
    yield _check("audience", audience_digest(campaign), data["audience_digest"])
    yield _check("wording", campaign.guide_version.digest, data["guide_digest"])
    yield _check("wording as stored", campaign.guide_version.parsed.digest(), data["guide_digest"])
    for name, committed in sorted(data["committed"].items()):
        yield from _committed_check(name, getattr(campaign, name), committed)


def _policy_checks(campaign: Campaign, course: Course) -> Iterator[Check]:
    """The policy as it was at the position; one that was replaced since stands in the vault."""
    expected = course.value("policy_digest")
    later = campaign.decisions.filter(kind="policy", seq__gt=course.decisions[-1].seq).first()
    if later is None:
        yield _check("reminders", policy_digest(campaign.policy), expected)
        return
    commit_id = later.detail["committed"][REPLACED_POLICY].partition(":")[0]
    for value in VaultEntry.objects.filter(pk=uuid.UUID(commit_id)).values_list("value", flat=True):
        yield _check("reminders", policy_digest(json.loads(value)), expected)


def _check(what: str, record: str, ledger: str) -> Check:
    return Check(f"Launched with: {what}", record, _RECORD, ledger, _LEDGER)


def _text(value: object) -> str:
    """Dates as the ledger writes them, lists as 3, 7, 12."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value).lower()


def _committed_check(name: str, value: str, committed: str) -> Iterator[Check]:
    """A text whose commitment the ledger holds; none once its salt was erased."""
    commit_id, _, expected = committed.partition(":")
    for salt in VaultEntry.objects.filter(pk=uuid.UUID(commit_id)).values_list("salt", flat=True):
        found = commitment(bytes(salt), name, value).hex()
        yield _check(name.replace("_", " "), found, expected)
