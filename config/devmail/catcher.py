"""The catcher process: an SMTP server on loopback that files every mail and sends none on."""

import argparse
import asyncio
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from config.devmail.store import mail_file

LARGEST_MAIL_BYTES = 32 * 1024 * 1024


class Filing:
    """What the server does with a mail: one file for each mailbox it was for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Called by aiosmtpd when a mail is complete; the answer goes to the sender."""
        content = envelope.original_content or b""
        for to in envelope.rcpt_tos:
            mail_file(
                self._folder,
                content=content,
                sender=envelope.mail_from or "",
                to=to,
                now=datetime.now(UTC),
            )
        return "250 2.0.0 Filed"


async def catch(listener: socket.socket, folder: Path) -> None:
    """Takes mails on `listener` until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    server = await loop.create_server(lambda: _smtp(folder), sock=listener)
    async with server:
        await ended.wait()


def _smtp(folder: Path) -> SMTP:
    return SMTP(
        Filing(folder),
        hostname="localhost",
        ident="Optrail mail catcher",
        enable_SMTPUTF8=True,
        data_size_limit=LARGEST_MAIL_BYTES,
    )


def main() -> None:
    """Reads the command line: the inherited listening socket and the folder to file in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    asyncio.run(catch(socket.socket(fileno=options.fd), options.folder))


if __name__ == "__main__":
    main()
