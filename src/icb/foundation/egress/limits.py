"""How long a request may take and how much an answer may hold."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from icb.foundation.egress.problems import NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one sync may take. Each number is there for a vendor that hangs, drips or floods.

    `total_seconds` is one request from the first try to connect to the last byte, however steadily
    the bytes drip. `bytes` is one answer after unpacking. `requests`, `all_seconds` and `all_bytes`
    are of the sync as a whole. A vendor that asks for a pause of at most `wait_seconds` gets it
    at once; for a longer one the sync ends and is tried again.
    """

    connect_seconds: float = 10
    read_seconds: float = 30
    total_seconds: float = 120
    bytes: int = 64 * 1024 * 1024
    requests: int = 20_000
    all_seconds: float = 3_600
    all_bytes: int = 1024 * 1024 * 1024
    wait_seconds: int = 60


@dataclass(slots=True)
class Deadline:
    """The instant at which the running request ends; set anew for each request."""

    _ends_at: float = field(default_factory=time.monotonic)

    def start(self, seconds: float) -> None:
        """Give the request that begins now so many seconds."""
        self._ends_at = time.monotonic() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Seconds left, at most `at_most`; NoAnswer where none are."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise NoAnswer("The answer took longer than a request may take in all")
        return left if at_most is None else min(left, at_most)
