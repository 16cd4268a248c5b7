"""`python -m tests.faults [scenario …]`: run the fault harness, print what it came to."""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from tests.faults.lab import Lab, Sizes
from tests.faults.report import table
from tests.faults.scenarios import ON_SQLITE, SCENARIOS
from tests.faults.verdict import Verdict

FULL_PEOPLE, FULL_KILLS = 100_000, 1_000


def main() -> int:
    """Exit 0 when every promise was kept, 1 otherwise."""
    asked = _arguments()
    names = asked.scenario or (ON_SQLITE if asked.sqlite else tuple(SCENARIOS))
    folder = Path(tempfile.mkdtemp(prefix="optrail-faults-"))
    sizes = Sizes(people=asked.people, kills=asked.kills)
    verdicts = []
    lab = Lab(folder, sizes, seed=asked.seed, sqlite=asked.sqlite)
    with suppress(KeyboardInterrupt), lab:  # what is done by then is told all the same
        for name in names:
            verdicts.append(_run(name, lab))
            _say(verdicts[-1].explain())
    _say(table(verdicts, seed=asked.seed, database="SQLite" if asked.sqlite else "PostgreSQL"))
    broken = any(verdict.found for verdict in verdicts) or len(verdicts) < len(names)
    if broken:
        _say(f"What it looked like stands in {folder}")
    else:
        shutil.rmtree(folder)
    return int(broken)


def _run(name: str, lab: Lab) -> Verdict:
    _say(f"{name} …")
    began = time.monotonic()
    try:
        verdict = SCENARIOS[name](lab)
    except (AssertionError, OSError, TimeoutError, subprocess.CalledProcessError) as error:
        verdict = Verdict(name, lab.sizes.people, "did not end", found=[f"broke off: {error}"])
    verdict.seconds = time.monotonic() - began
    return verdict


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("scenario", nargs="*", metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--people", type=int, default=Sizes.people)
    parser.add_argument("--kills", type=int, default=Sizes.kills)
    parser.add_argument("--full", action="store_true", help="100,000 people, 1,000 kills")
    parser.add_argument("--sqlite", action="store_true", help="SQLite instead of PostgreSQL")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if unknown := set(asked.scenario) - SCENARIOS.keys():
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    if asked.full:
        asked.people, asked.kills = FULL_PEOPLE, FULL_KILLS
    return asked


if __name__ == "__main__":
    sys.exit(main())
