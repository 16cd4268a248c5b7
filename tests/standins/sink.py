"""An SMTP server that takes every mail and writes down what it took, as a process of its own."""

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.parts import free_port, wait_for_port

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Accepted:
    """One mail as the server took it."""

    sender: str
    recipient: str
    content: bytes

    @property
    def text(self) -> str:
        """The plain text part."""
        part = self.parsed.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def parsed(self) -> Any:
        """The mail as Python's strict parser reads it; a defect raises."""
        return message_from_bytes(self.content, policy=policy.default.clone(raise_on_defect=True))


class Sink:
    """`with Sink(folder) as sink:` — `sink.url` is its EMAIL_URL, `sink.accepted()` its record."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.record = folder / "sink.jsonl"
        self.record.touch()

    @property
    def url(self) -> str:
        """What EMAIL_URL must be."""
        return f"smtp://127.0.0.1:{self.port}"

    def accepted(self) -> list[Accepted]:
        """Every mail that was answered with 250, in order."""
        rows = (json.loads(line) for line in self.record.read_text().splitlines())
        return [Accepted(row["from"], row["to"], row["content"].encode("latin-1")) for row in rows]

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.standins.sink", str(self.port), str(self.record)]
        self._process = subprocess.Popen(command, cwd=ROOT)
        wait_for_port(self.port)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.terminate()
        self._process.wait(10)


class _Handler:
    def __init__(self, record: Path) -> None:
        self._record = record.open("a")

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        for recipient in envelope.rcpt_tos:
            row = {
                "from": envelope.mail_from,
                "to": recipient,
                "content": content.decode("latin-1"),
            }
            self._record.write(json.dumps(row) + "\n")
        self._record.flush()
        return "250 2.0.0 taken"


async def _serve(port: int, record: Path) -> None:
    handler = _Handler(record)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, enable_SMTPUTF8=True), "127.0.0.1", port
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
