"""A supervisor with small programs, run as a process of its own by the tests."""

import sys
from functools import partial
from pathlib import Path

from config.up.plan import Plan
from config.up.processes import Part
from config.up.run import run

# Each program writes its pids and its end to a file named after it.
PARENT = """
import os, signal, sys, time
def end(*_):
    open("order", "a").write(sys.argv[1] + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, end)
grandchild = os.fork()
if grandchild == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)
open(sys.argv[1] + ".new", "w").write(f"{os.getpid()} {grandchild}")
os.rename(sys.argv[1] + ".new", sys.argv[1] + ".pids")
while True:
    time.sleep(600)
"""


def program(name: str, folder: Path) -> Part:
    """A program with a grandchild that does not listen to SIGTERM."""
    pids = folder / f"{name}.pids"
    pids.unlink(missing_ok=True)
    return Part(name=name, argv=[sys.executable, "-c", PARENT, name], ready=pids.exists)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class SmallPlan(Plan):
    """Two programs and no sockets."""

    def __init__(self, folder: Path) -> None:
        self.env = {"PUBLIC_URL": "http://127.0.0.1:1/"}
        self.embedded, self.once = [program("first", folder)], []
        self.own = [program("second", folder)]

    def close(self) -> None:
        """There is nothing to close."""


def prepare(*_: object) -> list[str]:
    return ["up"]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    run(
        data_dir=folder,
        folder=folder,
        make_plan=partial(SmallPlan, folder),
        say=say,
        prepare=prepare,
    )
