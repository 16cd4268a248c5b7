"""Lines side by side in one thread: each runs until it has to wait, and the others go on."""

import contextlib
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar, cast

from greenlet import getcurrent, greenlet

READ, WRITE = select.POLLIN, select.POLLOUT
# So often somebody looks whose time is up, however busy the others are.
LOOK_SECONDS = 1.0
Result = TypeVar("Result")


class Pollable(Protocol):
    """What can be waited for."""

    def fileno(self) -> int:
        """The file descriptor."""


class Fibers:
    """Runs functions side by side. `idle` is called when all of them wait; True: it woke some.

    What interrupts the waiting itself (Ctrl-C) calls `interrupted` and lets them come to their end;
    when it comes again it is raised wherever one of them waits.

    A fiber is a function with a stack of its own, and nothing but its waiting lets others run: so
    what stands between two waits needs no lock. Threads would take turns in the middle of it, and
    spend as long on handing over the turn as on the work.
    """

    def __init__(
        self,
        *,
        idle: Callable[[], bool] = lambda: False,
        interrupted: Callable[[], None] = lambda: None,
    ) -> None:
        self._idle, self._interrupted = idle, interrupted
        self._ready: deque[tuple[_Fiber, BaseException | None]] = deque()
        self._waiting: dict[int, tuple[_Fiber, float]] = {}
        self._poll = select.poll()
        self._fibers: list[_Fiber] = []
        self._looked = time.monotonic()
        self._elsewhere: ThreadPoolExecutor | None = None
        self._returned, self._bell = socket.socketpair()

    def run(self, works: Sequence[Callable[[], Result]]) -> list[Result]:
        """What each of `works` returns; the first exception is raised once all have ended."""
        self._fibers = [_Fiber(self, work) for work in works]
        self._ready.extend((fiber, None) for fiber in self._fibers)
        self._poll.register(self._returned, READ)
        errors: list[BaseException] = []
        while self._alive():
            try:
                self._turn()
            except BaseException as error:  # noqa: BLE001 - raised below
                if errors:
                    self._break_off(error)
                errors.append(error)
                self._interrupted()
        self._close()
        if errors:
            raise errors[0]
        return [fiber.outcome() for fiber in self._fibers]

    def wake(self, fiber: greenlet, error: BaseException | None = None) -> None:
        """Let a fiber that paused go on, in its turn; with `error` raised where it paused."""
        self._ready.append((cast("_Fiber", fiber), error))

    def pause(self) -> None:
        """In a fiber: let the others go on until somebody wakes this one."""
        error = self.hub.switch()
        if error is not None:
            raise error

    @property
    def hub(self) -> greenlet:
        """The greenlet in which `run` was called."""
        parent = getcurrent().parent
        assert parent is not None
        return parent

    def wait(self, what: Pollable, event: int, seconds: float) -> None:
        """In a fiber: until `what` can be read or written. Raises TimeoutError."""
        number = what.fileno()
        self._poll.register(number, event)
        self._waiting[number] = cast("_Fiber", getcurrent()), time.monotonic() + seconds
        try:
            self.pause()
        finally:
            self._waiting.pop(number, None)
            with contextlib.suppress(KeyError):
                self._poll.unregister(number)

    def sleep(self, seconds: float) -> None:
        """In a fiber: let the others go on for so long."""
        fiber = cast("_Fiber", getcurrent())
        self._waiting[-id(fiber)] = fiber, time.monotonic() + seconds
        with contextlib.suppress(TimeoutError):
            self.pause()

    def in_thread(self, work: Callable[[], Result]) -> Result:
        """In a fiber: what `work` returns, which knows no other way than to block."""
        self._elsewhere = self._elsewhere or ThreadPoolExecutor(thread_name_prefix="line")
        future, fiber = self._elsewhere.submit(work), getcurrent()
        future.add_done_callback(lambda _: self._ring(fiber))
        self.pause()
        return future.result()

    def _ring(self, fiber: greenlet) -> None:
        """In the other thread: appending to a deque is atomic, the bell ends the poll."""
        self.wake(fiber)
        self._bell.send(b"!")

    def _turn(self) -> None:
        for _ in range(len(self._ready)):
            fiber, error = self._ready.popleft()
            if not fiber.dead:
                fiber.switch(error)
        self._look(0)
        if not self._ready and not self._idle() and self._alive():
            self._look(self._patience())
        if time.monotonic() >= self._looked + LOOK_SECONDS:
            self._overdue()

    def _alive(self) -> bool:
        return not all(fiber.dead for fiber in self._fibers)

    def _look(self, seconds: float) -> None:
        for number, _ in self._poll.poll(seconds * 1000):
            if number == self._returned.fileno():
                self._returned.recv(4096)
            elif number in self._waiting:
                self.wake(self._waiting.pop(number)[0])
        if seconds:
            self._overdue()

    def _break_off(self, error: BaseException) -> None:
        """Whoever waits, for whatever it may be: the first interruption may have lost a turn."""
        self._waiting.clear()
        for fiber in self._fibers:
            self.wake(fiber, error)

    def _patience(self) -> float:
        ends = [end for _, end in self._waiting.values()]
        return max(0.001, min(ends) - time.monotonic()) if ends else 60.0

    def _overdue(self) -> None:
        self._looked = now = time.monotonic()
        for number in [number for number, (_, end) in self._waiting.items() if end <= now]:
            self.wake(self._waiting.pop(number)[0], TimeoutError("timed out"))

    def _close(self) -> None:
        if self._elsewhere:
            self._elsewhere.shutdown()
        self._returned.close()
        self._bell.close()


class _Fiber(greenlet):
    """One function, and what came of it."""

    def __init__(self, fibers: Fibers, work: Callable[[], Any]) -> None:
        super().__init__(self._run)
        self.fibers, self._work = fibers, work
        self._result: Future[Any] = Future()

    def _run(self, _error: BaseException | None) -> None:
        try:
            self._result.set_result(self._work())
        except BaseException as error:  # noqa: BLE001 - raised where the fibers are run
            self._result.set_exception(error)

    def outcome(self) -> Any:
        """What the function returned. Raises what it raised."""
        return self._result.result()


def until_ready(what: Pollable, event: int, seconds: float) -> None:
    """Until `what` can be read or written; other fibers go on meanwhile. Raises TimeoutError."""
    fiber = getcurrent()
    if isinstance(fiber, _Fiber):
        return fiber.fibers.wait(what, event, seconds)
    poll = select.poll()
    poll.register(what.fileno(), event)
    if not poll.poll(seconds * 1000):
        raise TimeoutError("timed out")
    return None


def sleep(seconds: float) -> None:
    """Nothing, for so long; other fibers go on meanwhile."""
    fiber = getcurrent()
    if isinstance(fiber, _Fiber):
        fiber.fibers.sleep(seconds)
    else:
        time.sleep(seconds)


def in_thread(work: Callable[[], Result]) -> Result:
    """What `work`, which blocks, returns; other fibers go on meanwhile."""
    fiber = getcurrent()
    return fiber.fibers.in_thread(work) if isinstance(fiber, _Fiber) else work()
