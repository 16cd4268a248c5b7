"""Where each person stood as of a ledger position: exactly one status holds for everyone."""

from typing import Any

from django.db.models import Exists, FilteredRelation, OuterRef, Q

from compliance.answers import CLOSING
from compliance.attestations.models import Attestation
from compliance.campaigns.models import AssignmentQuerySet
from reports.datasets.tally import Status


def standing_at(
    people: AssignmentQuerySet, seq: int, suffix: str = "", **wanted: Any
) -> AssignmentQuerySet:
    """`people`, still one row each, with two relations as of event `seq`.

    `latest<suffix>` is the answer that stands, `gone<suffix>` the withdrawal in force; both are
    empty for most. Conditions on them belong into `wanted`: a later `filter` would join once more.
    """
    latest, gone = f"latest{suffix}", f"gone{suffix}"
    in_force = Q(withdrawals__until_seq=None) | Q(withdrawals__until_seq__gt=seq)
    relations = {
        latest: FilteredRelation("attestations", condition=Q(attestations__seq__lte=seq)),
        gone: FilteredRelation("withdrawals", condition=Q(withdrawals__seq__lte=seq) & in_force),
    }
    newer = Attestation.objects.filter(
        assignment=OuterRef("pk"), seq__lte=seq, number__gt=OuterRef(f"{latest}__number")
    )
    return people.alias(**relations).filter(~Exists(newer), **wanted)


def status_of(
    exclusion: str, answer: str | None, left: str | None, *, erased: bool
) -> tuple[Status, str]:
    """The status, and the reason behind it.

    Whoever was erased counts so, whatever they were before. Whoever gave a full answer has
    answered, also when they left the company afterwards.
    """
    if erased:
        return Status.ERASED, ""
    if exclusion:
        return Status.EXCLUDED, exclusion
    if answer in CLOSING:
        return Status.ANSWERED, ""
    return (Status.LEFT, left) if left else (Status.OPEN, "")
