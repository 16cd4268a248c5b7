"""Notices of other rooms: each room says, once the apps are ready, how its kind is written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from compliance.campaigns.models import Campaign
from compliance.notices.models import Notice
from compliance.reminders.mails.letters import Letter


class UnwantedError(Exception):
    """A notice that is not sent after all, and why."""


@dataclass(frozen=True)
class Addressed:
    """A letter, the address that it goes to, and the campaign in whose name it comes."""

    to: str
    letter: Letter
    campaign: Campaign | None = None


# Writes a due notice as things stand then. Raises UnwantedError.
Writer = Callable[[Notice, datetime], Addressed]
_WRITERS: dict[str, Writer] = {}


def writer_register(kind: str, writer: Writer) -> None:
    """Let `writer` write the notices of `kind` from now on."""
    _WRITERS[kind] = writer


def writer_of(kind: str) -> Writer:
    """Whoever writes the notices of `kind`. Raises UnwantedError when nobody does."""
    try:
        return _WRITERS[kind]
    except KeyError:
        raise UnwantedError("no part of the program writes such notices any more") from None
