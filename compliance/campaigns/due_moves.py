"""What became of due dates of people's own, so that every position can tell them."""

from django.db import models
from django.db.models import Q

from compliance.campaigns.models import Assignment


class DueMove(models.Model):
    """Ledger entry `seq` moved the day by which one person is asked to answer.

    Kept for people with a day of their own: everyone else follows the campaign, whose days the
    ledger tells at every position. NULL until the entry is written, in the same transaction.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="due_moves")
    seq = models.BigIntegerField(null=True, blank=True)
    before = models.DateField()
    after = models.DateField()
    # Until then the campaign's own day held.
    followed = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["assignment", "seq"], name="due_move_once"),)
        indexes = (models.Index(fields=["id"], condition=Q(seq=None), name="due_move_unrecorded"),)

    def __str__(self) -> str:
        return f"due on {self.after} from {self.seq}"
