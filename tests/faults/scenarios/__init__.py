"""The scenarios by name: each ill-treats one installation and lets the checker judge."""

from collections.abc import Callable

from tests.faults.lab import Lab, may_mount
from tests.faults.scenarios.answers import answers
from tests.faults.scenarios.broker import broker
from tests.faults.scenarios.copies import copies
from tests.faults.scenarios.crashes import crashes, disk_full
from tests.faults.scenarios.doubles import doubles
from tests.faults.scenarios.kills import kills
from tests.faults.scenarios.mail_server import mail_server
from tests.faults.scenarios.stops import stops
from tests.faults.verdict import Verdict


def _kills(lab: Lab) -> Verdict:
    with lab.house("kills") as house:
        return kills(house, kills=lab.sizes.kills, seed=lab.seed)


def _lines(lab: Lab) -> Verdict:
    with lab.house("lines") as house:
        return kills(house, kills=lab.sizes.kills, seed=lab.seed, lines=8)


def _pairs(lab: Lab) -> Verdict:
    with lab.house("pairs", lab.prepared("two-campaigns", campaigns=2)) as house:
        verdict = kills(house, kills=lab.sizes.kills, seed=lab.seed)
    verdict.scenario += ", two campaigns in one mail"
    return verdict


def _stops(lab: Lab) -> Verdict:
    with lab.house("stops") as house:
        return stops(house, stops=lab.sizes.stops, seed=lab.seed)


def _mail_server(lab: Lab) -> Verdict:
    with lab.house("mail-server") as house:
        return mail_server(house)


def _answers(lab: Lab) -> Verdict:
    with lab.house("answers") as house:
        return answers(house, seed=lab.seed)


def _broker(lab: Lab) -> Verdict:
    with lab.house("broker") as house:
        return broker(house, valkey=lab.valkey(), wipes=lab.sizes.wipes, seed=lab.seed)


def _doubles(lab: Lab) -> Verdict:
    with lab.house("doubles") as house:
        return doubles(house, valkey=lab.valkey())


def _crashes(lab: Lab) -> Verdict:
    with lab.house_with_server("crashes") as (house, server):
        return crashes(house, server, crashes=lab.sizes.crashes, seed=lab.seed)


def _disk(lab: Lab) -> Verdict:
    if not may_mount():
        return Verdict("disk full", 0, "SKIPPED: only root can mount a small file system")
    with lab.house_with_server("disk", small=True) as (house, server):
        return disk_full(house, server, times=lab.sizes.disks, seed=lab.seed)


def _copies(lab: Lab) -> Verdict:
    with lab.house_with_server("copies") as (house, server):
        return copies(house, server)


SCENARIOS: dict[str, Callable[[Lab], Verdict]] = {
    "kills": _kills,
    "lines": _lines,
    "pairs": _pairs,
    "stops": _stops,
    "mail-server": _mail_server,
    "answers": _answers,
    "doubles": _doubles,
    "crashes": _crashes,
    "disk": _disk,
    "copies": _copies,
    "broker": _broker,
}
# What needs no server of its own to kill runs on SQLite too.
ON_SQLITE = ("kills", "lines", "pairs", "stops", "mail-server", "answers", "doubles")
