"""What a launch commits to: every parameter of the campaign, as the ledger may hold it."""

import hashlib
from collections.abc import Mapping

from compliance.campaigns.models import Campaign
from compliance.campaigns.policy import Policy
from ledger import journal
from ledger.canonical import canonical_json

# Free text and addresses: the ledger holds commitments to them, the vault the values.
REPLACED_POLICY = "replaced_policy"
_COMMITTED = ("name", "sender_name", "reply_to", "from_address", "legal_note")


def launch_parameters(campaign: Campaign) -> dict[str, object]:
    """Codes, dates, digests and commitments. Belongs into the launch's transaction."""
    version = campaign.guide_version
    texts = {name: getattr(campaign, name) for name in _COMMITTED if getattr(campaign, name)}
    return {
        "guide": version.guide.slug,
        "guide_version": version.number,
        "guide_digest": version.digest,
        "audience_digest": audience_digest(campaign),
        "opens_on": campaign.opens_on.isoformat(),
        "due_on": campaign.due_on.isoformat(),
        "closes_on": campaign.closes_on.isoformat(),
        "reminders": campaign.reminders.text,
        "policy_digest": policy_digest(campaign.policy),
        "late_joiners": campaign.late_joiners,
        "manager_summaries": campaign.manager_summaries,
        "send_now": campaign.send_now,
        "language": campaign.language,
        "ask_everywhere": campaign.ask_everywhere,
        "legal_basis": campaign.legal_basis,
        "retention_months": campaign.retention_months,
        "assurance": campaign.assurance,
        "committed": journal.commit_values(campaign.ref, texts),
    }


def audience_digest(campaign: Campaign) -> str:
    """SHA-256 in hex over the audience's canonical JSON; it never changes after the launch."""
    return hashlib.sha256(canonical_json(campaign.audience).encode()).hexdigest()


def policy_parameters(campaign: Campaign, replaced: Policy) -> dict[str, object]:
    """What a change of the policy commits to; the vault keeps the one that was `replaced`.

    Without it nobody could say any more in which words people were reminded before.
    """
    texts = {REPLACED_POLICY: canonical_json(replaced.to_json())}
    return {
        "reminders": campaign.reminders.text,
        "policy_digest": policy_digest(campaign.policy),
        "committed": journal.commit_values(campaign.ref, texts),
    }


def policy_digest(policy: Mapping[str, object]) -> str:
    """SHA-256 in hex over a reminder policy with its own words, as canonical JSON."""
    return hashlib.sha256(canonical_json(policy).encode()).hexdigest()
