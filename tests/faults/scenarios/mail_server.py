"""A mail server that cuts lines, says goodbye in mid-session, greylists, refuses, and stalls."""

from datetime import timedelta

from tests.faults.history import Faults, History
from tests.faults.house import House
from tests.faults.progress import nothing_waits
from tests.faults.verdict import Verdict, history_of, judge

WORKERS = 3
STALL_SECONDS = 3.0
PATIENCE_SECONDS = 1.0
QUIET_SECONDS = 1.5
# Past a moment's rest after a lost line, and past greylisting.
STEP = timedelta(minutes=6)


def mail_server(house: House, *, share: float = 0.004) -> Verdict:
    """0 automatic re-sends of the unknown, all others delivered, only the poisoned refused."""
    house.sink.behave(
        poison=0.01, grey=0.2, bye_before=share, bye_data=share, cut_taken=share,
        cut_lost=share, stall=share / 2, stall_seconds=STALL_SECONDS,
    )  # fmt: skip
    crew = [
        house.nursery.start("work", clock=house.time, patience=PATIENCE_SECONDS)
        for _ in range(WORKERS)
    ]
    nothing_waits(house, step=STEP, quiet=QUIET_SECONDS)
    for worker in crew:
        assert worker.alive(), f"a worker gave up:\n{house.nursery.tail()}"
        worker.kill()
    house.finish()
    events = [row["event"] for row in house.sink.events("cut", "stall")]
    history = history_of(house, Faults(uncertain=len(events)))
    done = f"{events.count('cut')} cuts, {events.count('stall')} stalls, 421, 451, 1 % poison"
    return judge("a hostile mail server", done, history, _remark(history))


def _remark(history: History) -> str:
    refused = sum(mail.state == "rejected" for mail in history.mails)
    return f"{refused} poisoned addresses refused, {len(history.unanswered)} mails without answer"
