"""One run from start to end: lock, start, prepare, watch, stop."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from config.up.lock import data_dir_locked, note_holder
from config.up.plan import Plan
from config.up.processes import Guard, Spawner
from config.up.supervisor import Supervisor, interrupted_by_signals

Say = Callable[[str], None]
MakePlan = Callable[[], Plan]
Prepare = Callable[[Supervisor, Plan], list[str]]


def run(*, data_dir: Path, folder: Path, make_plan: MakePlan, say: Say, prepare: Prepare) -> None:
    """Runs everything in `data_dir` until Ctrl-C, SIGTERM or a closed terminal.

    `folder` is where `manage.py` stands. `make_plan` is called once the directory is ours alone,
    `prepare` when all programs run; it returns the closing lines. Raises AlreadyRunningError,
    PortTakenError, NoValkeyError, StartFailedError.
    """
    with ExitStack() as stack:
        lock = stack.enter_context(data_dir_locked(data_dir))
        guard = Guard(lock=lock)
        stack.callback(guard.close)
        plan = make_plan()
        stack.callback(plan.close)
        note_holder(lock, plan.address)
        spawner = Spawner(env=plan.env, folder=folder, logs=data_dir / "log", guard=guard)
        _keep_running(Supervisor(spawner=spawner, say=say), plan, say, prepare)


def _keep_running(supervisor: Supervisor, plan: Plan, say: Say, prepare: Prepare) -> None:
    with interrupted_by_signals():
        try:
            _start(supervisor, plan, say)
            for line in prepare(supervisor, plan):
                say(line)
            supervisor.watch()
        except KeyboardInterrupt:
            say("Ending: what is under way is finished first (again Ctrl-C: at once).")
        finally:
            supervisor.stop()


def _start(supervisor: Supervisor, plan: Plan, say: Say) -> None:
    for part in plan.embedded:
        supervisor.start(part)
    for part in plan.embedded:
        supervisor.wait_ready(part.name)
        say(f"{part.name} is ready")
    for part in plan.once:
        supervisor.run_once(part)
        say(f"{part.name} is done")
    for part in plan.own:
        supervisor.start(part)
    for part in plan.own:
        supervisor.wait_ready(part.name)
        say(f"{part.name} is {'ready' if part.ready else 'started'}")
