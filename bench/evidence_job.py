"""What `bench.evidence` lets happen in between: `answers COUNT`, or `close` long ago."""

import sys
from datetime import timedelta

import django
from django.db import transaction
from django.utils import timezone

django.setup()  # before anything that has models is imported

from compliance.answers import CLOSING  # noqa: E402
from compliance.attestations.services import attestation_record  # noqa: E402
from compliance.campaigns.models import Assignment, Campaign  # noqa: E402
from compliance.campaigns.services import campaign_close  # noqa: E402
from compliance.reminders.seal import outcomes_seal  # noqa: E402

TOGETHER = 500


def answers(count: int) -> None:
    """So many people answer, some hundred in one transaction; then everything is sealed."""
    people = list(Assignment.objects.order_by("id").values_list("id", flat=True)[:count])
    codes = sorted(CLOSING)
    for start in range(0, count, TOGETHER):
        with transaction.atomic():
            for number, key in enumerate(people[start : start + TOGETHER]):
                attestation_record(
                    assignment_id=key,
                    link_version=1,
                    answer=codes[number % len(codes)],
                    now=timezone.now(),
                )
    outcomes_seal(now=timezone.now())


def close() -> None:
    """The campaign ends, and its retention is over."""
    campaign_close(campaign=Campaign.objects.get(), user=None, now=timezone.now())
    Campaign.objects.update(closed_at=timezone.now() - timedelta(days=3650))


if __name__ == "__main__":
    if sys.argv[1] == "answers":
        answers(int(sys.argv[2]))
    else:
        close()
