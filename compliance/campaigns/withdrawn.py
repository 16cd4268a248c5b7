"""Who is not asked any more, so that every position can tell."""

from django.db import models
from django.db.models import Q

from compliance.campaigns.models import Assignment


class Withdrawal(models.Model):
    """An assignment that ended without an answer, from ledger position `seq` until `until_seq`.

    A person who is back (a leaver by mistake, say) is asked again: the row gets its `until_seq`.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="withdrawals")
    reason = models.CharField(max_length=20)  # accounts.directory.models.LeftReason
    seq = models.BigIntegerField()
    until_seq = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(until_seq=None), name="withdrawal_open_once"
            ),
        )

    def __str__(self) -> str:
        return f"withdrawal at {self.seq}"
