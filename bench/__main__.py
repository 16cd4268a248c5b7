"""`make bench`: how fast Optrail hands mails over, beside the ways that others do it."""

import argparse
import tempfile
import time
from pathlib import Path

from bench.document import part_write
from bench.report import Row, page, table
from bench.stage import Numbers, Stage, commit_milliseconds, drop, peer, staged
from bench.tools import Postfix, peer_python, version
from tests.faults.database import postgresql_copy
from tests.parts import ROOT

HOME = ROOT / "var" / "bench"
THREADS = 5  # django-post-office's own default
# How its queue is filled, its processes, and threads (0: its defaults throughout).
POST_OFFICE = (("fill", 1, 0), ("fill", 1, THREADS), ("fill", 2, THREADS), ("fill_same", 1, 0))


def main() -> None:
    """Measure everything once, print the table, and write the page if wanted."""
    options = _options()
    HOME.mkdir(parents=True, exist_ok=True)
    postfix, python = Postfix.ready(HOME), peer_python(HOME)
    with tempfile.TemporaryDirectory(prefix="optrail-bench-") as folder:
        with staged(Path(folder) / "small", postfix, options.mails) as stage:
            commit = commit_milliseconds(stage.template)
            with stage.optrail() as optrail:
                sample, claims = optrail.job("sample"), optrail.job("claim")
            rows = [*_others(stage, python, sample), *_ours(stage, options.connections)]
        memory = [(options.mails, max(row.megabytes for row in rows if row.ours))]
        if options.large:
            with staged(Path(folder) / "large", postfix, options.large) as stage:
                row = _pumped(stage, 1, options.connections[-1])
                memory.append((options.large, row.megabytes))
                rows.append(row)
    text = table(rows, claims, memory, commit, sample)
    print(text)
    if options.write:
        peers = version(python, "django-post-office")
        part_write(page(text, peers))


def _others(stage: Stage, python: Path, sample: Numbers) -> list[Row]:
    rows = [_post_office(stage, python, sample, *shape) for shape in POST_OFFICE]
    with stage.postfix.sink() as port:
        done = peer(python, stage.template, port, sample, "send_mail", str(stage.people // 5))
    rows.append(
        Row("send_mail in a loop, no outbox", done["mails"], done["seconds"], done["megabytes"])
    )
    return [*rows, _ceiling(stage, int(sample["size"]))]


def _post_office(stage: Stage, python: Path, sample: Numbers, fill: str, *shape: int) -> Row:
    url = postgresql_copy(stage.template.rpartition("/")[0] + "/template1")
    with stage.postfix.sink() as port:
        peer(python, url, port, sample, fill, str(stage.people))
        done = peer(python, url, port, sample, "post_office", *map(str, shape))
    drop(url)
    processes, threads = shape
    way = f"{processes} × {threads} threads, tuned" if threads else "as it comes"
    words = ", one text for all" * (fill == "fill_same")
    name = f"django-post-office, {way}{words}"
    return Row(name, done["mails"], done["seconds"], done["megabytes"])


def _ceiling(stage: Stage, size: int) -> Row:
    with stage.postfix.sink() as port:
        began = time.perf_counter()
        stage.postfix.source(port, mails=stage.people, size=size, sessions=2)
        seconds = time.perf_counter() - began
    return Row("smtp-source: no program, no database", stage.people, seconds, 0)


def _ours(stage: Stage, connections: list[int]) -> list[Row]:
    shapes = [(1, lines) for lines in connections] + [(2, lines) for lines in connections[-2:]]
    return [_pumped(stage, processes, lines) for processes, lines in shapes]


def _pumped(stage: Stage, processes: int, lines: int) -> Row:
    with stage.optrail() as optrail:
        done = optrail.jobs(processes, "pump", str(lines))
    assert sum(each["mails"] for each in done) == stage.people, done
    seconds = max(each["ended"] for each in done) - min(each["began"] for each in done)
    name = f"Optrail, {processes} × {lines} connection{'s' * (lines > 1)}"
    return Row(name, stage.people, seconds, max(each["megabytes"] for each in done), ours=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=0, help="also so many, for the memory")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 32, 64])
    parser.add_argument("--write", action="store_true", help="write its part of docs/benchmarks.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
