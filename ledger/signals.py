"""What the ledger tells the apps above it."""

from django.dispatch import Signal

# Sent inside the transaction that stores a checkpoint; with `checkpoint`, `occasion` and `now`.
checkpoint_published = Signal()

# Sent after the transaction that brought the ledger over another 10,000 events; with `now`.
milestone_crossed = Signal()
