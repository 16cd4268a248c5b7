"""Throttling as documented: whoever exceeds it, or comes back too early, is written down.

https://learn.microsoft.com/graph/throttling-limits: 3,500 resource units in 10 seconds for an
application in a small tenant.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

UNITS, SECONDS = 3_500, 10.0


@dataclass
class Limits:
    """What one application used lately."""

    clock: Callable[[], float] = time.monotonic
    violations: list[str] = field(default_factory=list)
    _spent: deque[tuple[float, int]] = field(default_factory=deque)
    _not_before: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def patience(self, seconds: float) -> None:
        """Nobody comes back before."""
        self._not_before = self.clock() + seconds

    def spend(self, cost: int, path: str) -> bool:
        """Whether the request is within the limits; a breach is a violation."""
        with self._lock:
            now = self.clock()
            if now < self._not_before:
                self.violations.append(f"{path} came {self._not_before - now:.0f} s too early")
                return False
            while self._spent and self._spent[0][0] <= now - SECONDS:
                self._spent.popleft()
            self._spent.append((now, cost))
            within = sum(units for _, units in self._spent) <= UNITS
            if not within:
                self.violations.append(f"{path} went over {UNITS} units in {SECONDS:.0f} s")
            return within
