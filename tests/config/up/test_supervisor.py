"""The supervisor's promises, kept by real processes."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from config.up.processes import Part
from config.up.supervisor import Child, StartFailedError, Supervisor
from tests.config.up.conftest import House, alive, eventually
from tests.parts import ROOT


def test_killing_the_supervisor_ends_its_children_and_their_children(house: House) -> None:
    """Fails without the guard (`Guard.watch` removed): the grandchildren live on."""
    everybody = house.everybody()
    assert all(alive(pid) for pid in everybody)
    house.signal_and_wait(signal.SIGKILL)
    assert eventually(lambda: not any(alive(pid) for pid in everybody))


def test_children_end_with_their_parent_even_when_the_guard_was_killed_first(house: House) -> None:
    """Fails without the parent-death signal (`die_with` removed)."""
    children = [house.pids(name)[0] for name in ("first", "second")]
    os.kill(guard_of(house), signal.SIGKILL)
    house.signal_and_wait(signal.SIGKILL)
    assert eventually(lambda: not any(alive(pid) for pid in children))
    for name in ("first", "second"):
        os.kill(house.pids(name)[1], signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_every_child_in_reverse_order(house: House, number: int) -> None:
    """Fails without `interrupted_by_signals`: the process dies before it stops anyone."""
    everybody = house.everybody()
    assert house.signal_and_wait(number) == 0
    assert not any(alive(pid) for pid in everybody)
    assert (house.folder / "order").read_text().split() == ["second", "first"]
    assert "Traceback" not in house.said


def test_a_child_that_dies_is_started_again_and_said_so(house: House) -> None:
    """Fails without the restart in `Supervisor._look_after`."""
    child, grandchild = house.pids("first")
    os.kill(child, signal.SIGKILL)
    assert eventually(lambda: house.pids("first")[0] != child)
    assert "first was ended by SIGKILL; starting it again in 1 s" in house.said
    assert eventually(lambda: "first runs again" in house.said)
    assert not alive(grandchild), "what the dead child had started goes with it"


def test_a_second_supervisor_in_the_same_folder_is_refused(house: House) -> None:
    """Fails without the lock in `data_dir_locked`."""
    second = subprocess.run(
        house.process.args, capture_output=True, text=True, check=False, cwd=ROOT, timeout=20
    )
    assert second.returncode != 0
    assert f"already running in {house.folder} at http://127.0.0.1:1/" in second.stderr
    assert f"process {house.process.pid}" in second.stderr
    assert house.process.poll() is None


def test_after_a_kill_the_next_start_waits_for_the_children_and_goes_on(house: House) -> None:
    """Fails when the guard does not inherit the lock: two generations would run at once."""
    before = house.everybody()
    house.signal_and_wait(signal.SIGKILL)
    house.output.unlink()
    again = House(house.folder).wait_up()
    assert not any(alive(pid) for pid in before)
    again.signal_and_wait(signal.SIGTERM)


def test_a_program_that_does_not_come_up_is_named_with_the_end_of_its_log(
    supervisor: Supervisor,
) -> None:
    supervisor.start(Part(name="broken", argv=["sh", "-c", "echo no paper; exit 3"], ready=never))
    with pytest.raises(StartFailedError, match=r"(?s)broken ended with exit code 3.*no paper"):
        supervisor.wait_ready("broken")


def test_a_command_run_once_gives_its_output_or_its_reason(supervisor: Supervisor) -> None:
    assert supervisor.run_once(Part(name="good", argv=["echo", "done"])) == b"done\n"
    with pytest.raises(StartFailedError, match=r"(?s)bad ended with exit code 1.*paper jam"):
        supervisor.run_once(Part(name="bad", argv=["sh", "-c", "echo paper jam >&2; exit 1"]))


def test_a_child_that_does_not_listen_is_killed_after_its_grace_time(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    deaf = "trap '' TERM; echo $$ > pid; while :; do sleep 60; done"
    pid = tmp_path / "pid"
    supervisor.start(Part("deaf", ["sh", "-c", deaf], ready=pid.exists, grace_seconds=0.1))
    supervisor.wait_ready("deaf")
    supervisor.stop()
    assert not alive(int(pid.read_text()))


def test_the_waits_between_restarts_grow_up_to_a_limit() -> None:
    child = Child(Part(name="weak", argv=[]), None)  # type: ignore[arg-type]
    assert [child.died() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]


def never() -> bool:
    return False


def guard_of(house: House) -> int:
    """The guard's process id: the supervisor's child that runs guard.py."""
    children = Path(f"/proc/{house.process.pid}/task/{house.process.pid}/children").read_text()
    return next(
        int(pid)
        for pid in children.split()
        if b"guard.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
