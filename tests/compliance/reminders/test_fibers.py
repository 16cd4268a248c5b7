"""Functions side by side in one thread: whoever waits lets the others go on."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from greenlet import getcurrent, greenlet

from compliance.reminders.fibers import READ, Fibers, in_thread, sleep, until_ready

LONG, SHORT = 30.0, 0.01


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def test_whoever_waits_lets_the_others_go_on(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair

    def reader() -> bytes:
        until_ready(near, READ, LONG)
        return near.recv(10)

    assert Fibers().run([reader, lambda: far.send(b"hello")]) == [b"hello", 5]


def test_a_wait_ends_when_its_time_is_up(pair: tuple[socket.socket, socket.socket]) -> None:
    def reader() -> None:
        until_ready(pair[0], READ, SHORT)

    with pytest.raises(TimeoutError):
        Fibers().run([reader])
    with pytest.raises(TimeoutError):
        reader()


def test_what_can_be_read_is_not_called_late(pair: tuple[socket.socket, socket.socket]) -> None:
    """Both became ready while nobody looked: the answer counts, not the clock."""
    near, far = pair

    def slow() -> None:
        far.send(b"!")
        threading.Event().wait(5 * SHORT)

    Fibers().run([lambda: until_ready(near, READ, SHORT), slow])


def test_what_blocks_goes_to_a_thread_and_holds_up_nobody() -> None:
    """Fails (it waits for ever) when `work` is called in the fiber itself."""
    gate = threading.Event()

    def blocks() -> int:
        assert gate.wait(LONG)
        return threading.get_ident()

    first, _ = Fibers().run([lambda: in_thread(blocks), gate.set])
    assert first != threading.get_ident()
    assert in_thread(threading.get_ident) == threading.get_ident()


def test_what_a_thread_raises_is_raised_in_the_fiber() -> None:
    def broken() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Fibers().run([lambda: in_thread(broken)])


def test_a_fault_is_raised_once_all_have_ended(pair: tuple[socket.socket, socket.socket]) -> None:
    ended = []

    def broken() -> None:
        raise ValueError("no")

    def other() -> None:
        with pytest.raises(TimeoutError):
            until_ready(pair[0], READ, SHORT)
        ended.append("other")

    with pytest.raises(ValueError, match="no"):
        Fibers().run([broken, other])
    assert ended == ["other"]


def test_an_interruption_lets_all_come_to_their_end(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    near, far = pair
    ends: list[str] = []

    def idle() -> bool:
        if not ends:
            raise KeyboardInterrupt
        return False

    def interrupted() -> None:
        ends.append("told")
        far.send(b"!")

    def reader() -> None:
        until_ready(near, READ, LONG)
        ends.append("read")

    with pytest.raises(KeyboardInterrupt):
        Fibers(idle=idle, interrupted=interrupted).run([reader])
    assert ends == ["told", "read"]


def test_a_second_interruption_ends_every_wait(pair: tuple[socket.socket, socket.socket]) -> None:
    left = iter(range(2))

    def idle() -> bool:
        if next(left, None) is not None:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        Fibers(idle=idle).run([lambda: until_ready(pair[0], READ, LONG), lambda: sleep(LONG)])


def test_those_who_sleep_sleep_side_by_side() -> None:
    """Fails when each sleeps by itself: a hundred times as long."""
    began = time.monotonic()
    Fibers().run([lambda: sleep(5 * SHORT)] * 100)
    sleep(SHORT)
    assert 6 * SHORT <= time.monotonic() - began < 250 * SHORT


def test_a_wait_ends_though_the_others_are_busy(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails (it never ends) when whose time is up is asked only while nobody works."""
    monkeypatch.setattr("compliance.reminders.fibers.LOOK_SECONDS", SHORT)
    over: list[bool] = []

    def waiter() -> None:
        with pytest.raises(TimeoutError):
            until_ready(pair[0], READ, SHORT)
        over.append(True)

    def busy() -> None:
        me = getcurrent()
        while not over:
            fibers.wake(me)
            fibers.pause()

    fibers = Fibers()
    fibers.run([waiter, busy])


def test_idle_comes_when_all_wait_and_may_wake_them() -> None:
    asleep: list[greenlet] = []
    log: list[str] = []

    def idle() -> bool:
        log.append(f"idle with {len(asleep)}")
        woken, asleep[:] = asleep[:], []
        for fiber in woken:
            fibers.wake(fiber)
        return bool(woken)

    def sleeper() -> None:
        asleep.append(getcurrent())
        fibers.pause()
        log.append("awake")

    fibers = Fibers(idle=idle)
    fibers.run([sleeper] * 3)
    assert log[:4] == ["idle with 3", "awake", "awake", "awake"]
