"""The seven answers: their codes are stable, their texts belong to the guide."""

from typing import Final

WAS_OFF: Final = "was_off"
TURNED_OFF: Final = "turned_off"
LEFT_ON: Final = "left_on"
NOT_SHOWN: Final = "not_shown"
NO_ACCOUNT: Final = "no_account"
PREFER_NOT_TO_SAY: Final = "prefer_not_to_say"
NEED_HELP: Final = "need_help"

# In the order in which the page shows them.
ANSWERS: Final = (WAS_OFF, TURNED_OFF, LEFT_ON, NOT_SHOWN, NO_ACCOUNT, PREFER_NOT_TO_SAY, NEED_HELP)
# Every one of these is a full answer: it closes the assignment and stops all reminders.
CLOSING: Final = frozenset(ANSWERS) - {NEED_HELP}
