"""What kinds of exceptions there are, and the shape of one."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models


class Exceptional(models.TextChoices):
    """In the order in which the sheet has them; the words say what the row means."""

    LATE = "late", "Full answer after the person's own due date"
    CORRECTED = "corrected", "Answer replaced by a later one"
    NEED_HELP = "need_help", "Open: could not find the setting"
    UNDELIVERABLE = "undeliverable", "Mail refused, or came back"
    UNCERTAIN = "uncertain", "Mail perhaps sent: the connection was lost"
    WRITTEN_OFF = "written_off", "Mail written off by an officer"
    SENT_AGAIN = "sent_again", "Mail owed again by an officer's decision"
    LINK_REVOKED = "link_revoked", "Earlier links of the person ended"
    LINK_SHOWN = "link_shown", "Link shown to an officer, to be passed on by hand"
    ASSURANCE = "assurance", "Answer given at another link assurance than the campaign's"


@dataclass(frozen=True)
class Found:
    """One exception: `detail` is made of codes, `said` is what a server or an officer wrote."""

    kind: Exceptional
    person: tuple[str, ...]  # last name, first name, address
    assignment: str
    at: datetime
    seq: int | None
    detail: str
    said: str = ""
    message: str | None = None
