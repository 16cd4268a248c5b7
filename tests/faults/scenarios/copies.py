"""Yesterday's copy of the database is started beside the real one, and in its place."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from tests.faults.database import Postgres, postgresql_copy
from tests.faults.history import Faults
from tests.faults.house import House
from tests.faults.progress import mails_reach
from tests.faults.verdict import Verdict, history_of, judge

HELD = "Sending is held"


def copies(house: House, server: Postgres) -> Verdict:
    """HELD: no copy sends a single mail; the real one goes on."""
    _send_half(house)
    server.stop()
    yesterday = server.copy(Path(mkdtemp(prefix="optrail-pg-")))
    server.start()
    refused = []
    with _running(yesterday):
        refused.append(_refused(house, yesterday.url(_name(house)), "on another server"))
        refused.append(_refused(house, postgresql_copy(house.url), "beside it"))
        house.finish()
    history = history_of(house, Faults(uncertain=1))
    refused.append(_in_its_place(house, server, yesterday))
    shutil.rmtree(yesterday.home)
    verdict = judge("copies of the database", "3 copies", history, "each HELD, 0 mails of copies")
    verdict.found = [*verdict.found, *(text for text in refused if text)]
    return verdict


def _send_half(house: House) -> None:
    worker = house.nursery.start("work", clock=house.time)
    mails_reach(house, house.people // 2)
    worker.kill()


def _in_its_place(house: House, server: Postgres, yesterday: Postgres) -> str:
    """The backup is put back where the real one stood: same files, same port, an older ledger."""
    server.stop()
    shutil.rmtree(server.home / "data")
    shutil.copytree(yesterday.home / "data", server.home / "data")
    server.own()
    server.start()
    return _refused(house, house.url, "restored in its place")


def _refused(house: House, url: str, where: str) -> str:
    """Why it is a violation, or nothing: the copy must refuse, in words, and send nothing."""
    before = house.sink.taken()
    company = house.company
    env, company.env = company.env, {**company.env, "DATABASE_URL": url}
    try:
        said = company.errors("pump", "--until-idle")
    finally:
        company.env = env
    sent = house.sink.taken() - before
    if sent or HELD not in said:
        return f"not held: the copy {where} sent {sent} mails and said {said.strip()!r}"
    return ""


def _name(house: House) -> str:
    return house.url.rpartition("/")[2]


@contextmanager
def _running(server: Postgres) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        server.stop()
