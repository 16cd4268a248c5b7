"""The models of every room of this app, gathered for Django."""

from compliance.attestations.models import AnswerCode, Attestation
from compliance.campaigns.due_moves import DueMove
from compliance.campaigns.models import Assignment, Campaign, Decision
from compliance.campaigns.withdrawn import Withdrawal
from compliance.guides.models import Guide, GuideVersion
from compliance.notices.models import Notice
from compliance.reminders.berth_models import Berth, Rest
from compliance.reminders.models import Bucket, Instance, Leave, Message, Outcome, Seal
from compliance.retention.models import Erasure, LegalHold

__all__ = [
    "AnswerCode",
    "Assignment",
    "Attestation",
    "Berth",
    "Bucket",
    "Campaign",
    "Decision",
    "DueMove",
    "Erasure",
    "Guide",
    "GuideVersion",
    "Instance",
    "Leave",
    "LegalHold",
    "Message",
    "Notice",
    "Outcome",
    "Rest",
    "Seal",
    "Withdrawal",
]
