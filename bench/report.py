"""What was measured, as a table for people."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """One way of sending, and what it took."""

    name: str
    mails: int
    seconds: float
    megabytes: int
    ours: bool = False

    @property
    def rate(self) -> float:
        """Mails a second."""
        return self.mails / self.seconds


def table(
    rows: Sequence[Row],
    claims: dict[str, float],
    memory: Sequence[tuple[int, int]],
    commit: float,
    sample: dict[str, Any],
) -> str:
    """Everything, in Markdown."""
    peers = [row.rate for row in rows if row.name.startswith("django-post-office")]
    lines = ["| way | mails | a second | × django-post-office | × it, tuned | most memory |"]
    lines += ["|---|---:|---:|---:|---:|---:|"]
    lines += [
        f"| {row.name} | {row.mails:,} | {row.rate:,.0f} "
        f"| {row.rate / peers[0]:.1f} | {row.rate / max(peers):.1f} "
        f"| {f'{row.megabytes} MB' if row.megabytes else '–'} |"
        for row in rows
    ]
    lines += ["", "| claimed at once | µs a mail |", "|---:|---:|"]
    lines += [f"| {size} | {cost:,.0f} |" for size, cost in claims.items()]
    flat = ", ".join(f"{megabytes} MB for {mails:,} mails" for mails, megabytes in memory)
    lines += ["", f"Memory of one pump process: {flat}."]
    lines += [f"A mail is {sample['size']:,} bytes; one small commit took {commit:.1f} ms."]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Processor, memory, system; no names."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return (
        f"{os.cpu_count()} cores ({model}), {pages * size / 2**30:.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}"
    )


def page(text: str, peer: str) -> str:
    """Its part of docs/benchmarks.md."""
    return f"""# How fast mails leave

Made by `make bench` in one run, on {machine()}; PostgreSQL with its own defaults (every commit
waits for the disk), django-post-office {peer}. The mail server is postfix's `smtp-sink` on the same
machine, which takes everything and keeps nothing, so the figures say what each program costs, not
how fast a real mail server is.

{text}
## What is compared

- **django-post-office**: queued mails, sent by what its command `send_queued_mail` runs. Each has
  its person's name and link, set into a template when it leaves (`render_on_delivery`), as ours
  has; “one text for all” was written beforehand and is the same for everybody. “Tuned”: batches of
  1,000, its own threads and processes, no log of what was sent. It marks mails as sent after a
  batch: a crash sends up to a whole batch twice.
- **send_mail in a loop**: Django's own function, one connection a mail, nothing written down.
- **Optrail**: the pump whole: claim, START before each mail (a commit that waits for the disk),
  the mail written for its reader, the server's answer on record, the seal in the ledger.
  `2 × 32` means two processes with 32 connections each. Left out on both sides is who is owed a
  mail: planned and sealed here, queued there, before the clock starts.
- **smtp-source**: postfix's own load generator, no database: what the sink can take.

Optrail waits for the disk between the server's yes to an address and the mail, which is what keeps
a crash from mailing anybody twice. So one connection is as fast as the disk. The connections of one
process take turns in one thread and share each wait and each statement: set `EMAIL_CONNECTIONS`.

## Where the time goes

For each mail Optrail writes five rows (the claim, the started message, the ended one, its outcome,
its person), and seals them: a third of the processor time is PostgreSQL's, half is Python's
(claiming and loading, writing the mail, two round trips to the mail server), the rest is the mail
server's. Mails that are merely marked as sent by the thousand cost their database next to nothing;
that is the price of knowing about each of them, and of at most one unknown mail a connection.

`make bench` fetches what it needs into `var/bench` and installs nothing.
"""
