"""How many requests a sender may make: some at once, and so many a minute after that.

Each process counts for itself, so that an installation of several lets through as many times more.
It is there to keep one sender from crowding out the others, not to be exact.
"""

from __future__ import annotations

import threading
import time

AT_ONCE = 300
PER_SECOND = 50.0
_MOST_SENDERS = 10_000


class Pace:
    """A bucket of requests for each sender, which fills up again by and by."""

    def __init__(self, *, at_once: int = AT_ONCE, per_second: float = PER_SECOND) -> None:
        self._at_once = at_once
        self._per_second = per_second
        self._left: dict[str, tuple[float, float]] = {}
        self._turn = threading.Lock()

    def wait_of(self, sender: str) -> int:
        """0 where the sender may go on; else after how many seconds, rounded up."""
        now = time.monotonic()
        with self._turn:
            left, since = self._left.get(sender, (1.0 * self._at_once, now))
            left = min(self._at_once, left + (now - since) * self._per_second)
            if left < 1:
                return int((1 - left) / self._per_second) + 1
            if len(self._left) >= _MOST_SENDERS:
                self._left.clear()
            self._left[sender] = (left - 1, now)
            return 0
