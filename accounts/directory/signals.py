"""How the directory tells the apps above it that people joined, changed or left."""

from django.dispatch import Signal

# Both are sent inside the transaction of the change. The first stands before its ledger event,
# so that whatever touches many rows is done before the ledger's one lock is taken: whoever holds
# that lock must not wait for rows. The second brings the event's position.

# `directory_changing.send(sender, now=<aware datetime>)`
directory_changing = Signal()
# `directory_changed.send(sender, now=<aware datetime>, seq=<ledger position>)`
directory_changed = Signal()
