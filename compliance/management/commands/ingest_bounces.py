"""`manage.py ingest_bounces`: read mails that came back, from files or from the bounce mailbox."""

import sys
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from compliance.reminders.bounces.files import mails_in
from compliance.reminders.bounces.mailbox import mailbox_read
from compliance.reminders.bounces.services import secrets_required
from compliance.reminders.bounces.tally import Tally
from ledger.commands import JsonCommand, Refusal, wrong_use

EARLY = (
    "About mails that are still being handed over: {}. Read these files again in 15 minutes; "
    "from the mailbox they are read again by themselves."
)


class Command(JsonCommand):
    help = (
        "Read bounces: each mail that carries our secret and says that it could not be delivered "
        "makes its person undeliverable. Reading one again changes nothing."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "path",
            nargs="?",
            help="one mail, an mbox, a Maildir, a folder of .eml files, or - for standard input",
        )
        parser.add_argument(
            "--mailbox", action="store_true", help="read the mailbox of BOUNCE_IMAP_URL instead"
        )

    def run(self, **options: Any) -> Mapping[str, object]:
        path, mailbox = options["path"], options["mailbox"]
        if mailbox is (path is not None):
            raise wrong_use("Name a file, a folder or -, or say --mailbox; exactly one of them.")
        tally = mailbox_read(clock=timezone.now) if mailbox else _files_read(path)
        if tally.read and tally.read == tally.malformed:
            raise Refusal("Nothing could be read.", *tally.faults, result=tally.numbers())
        return tally.numbers()

    def sentence(self, result: Mapping[str, Any]) -> str:
        counts = (
            "Mails read: {read}. Came back: {bounced}, delayed: {delayed}, known already: {known}, "
            "no bounce: {not_a_bounce}, without our secret: {not_ours}."
        ).format(**result)
        under_way, malformed = result["under_way"], result["malformed"]
        early = [EARLY.format(under_way)] if under_way else []
        faults = [f"Could not be read: {malformed}", *result["faults"]] if malformed else []
        return "\n".join([counts, *early, *faults])


def _files_read(path: str) -> Tally:
    secrets_required()
    tally = Tally()
    for position, raw in mails_in(path, stdin=sys.stdin.buffer):
        tally.take(raw, position=position, now=timezone.now())
    return tally
