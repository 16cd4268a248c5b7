"""How the directory tells the apps above it that people joined, changed or left."""

from django.dispatch import Signal

# Sent inside the transaction of the change, after its ledger event:
# `directory_changed.send(sender, now=<aware datetime>, seq=<ledger position>)`.
directory_changed = Signal()
