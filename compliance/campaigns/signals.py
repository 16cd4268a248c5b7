"""How campaigns tell the rooms above them what happened."""

from django.dispatch import Signal

# All are sent inside the transaction of the change, before its ledger event.

# Nobody of these may be mailed: `send(sender, assignments=<AssignmentQuerySet>, reason=…, now=…)`.
asking_stopped = Signal()
# The audience is frozen: `send(sender, campaign=…, now=…)`.
campaign_launched = Signal()
# The reminder policy was changed: `send(sender, campaign=…, removed=<codes of steps>, now=…)`.
policy_changed = Signal()
# A pause is over; receivers move the dates on: `send(sender, campaign=…, now=…)`.
campaign_resuming = Signal()
