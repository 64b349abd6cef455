"""Kill a job at moments spread over all of its work: at its writes, and at random."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.reliability.processes import Child, Processes
from tests.reliability.tracing import can_trace, count_calls, killed_at, recorded
from tests.support.databases import POSTGRESQL, chosen

MUST_LAND_PERCENT = 90
# What reaches the disk, or the server: a kill at each of them in turn.
WRITES = "sendto" if chosen() == POSTGRESQL else "pwrite64,fsync,fdatasync"
# Of the work that the job takes undisturbed: later ones might come too late.
LATEST = 0.85
POLL_SECONDS = 0.0005

Kill = Callable[[Child], None]
Copy = Callable[[], AbstractContextManager[str]]


class Victim:
    """A job that is begun again and again, each time on a database of its own, and killed."""

    def __init__(self, server: Processes, copy: Copy, *, job: str, **arguments: Any) -> None:
        self._server = server
        self._copy = copy
        self._job = job
        self._arguments = arguments
        self._work = 0.0  # the processor's seconds of the job undisturbed, the shortest known

    def kills(self, count: int, *, chance: random.Random, folder: Path) -> list[Kill]:
        """So many kills: half of them at writes, where something can trace, the rest at random."""
        self._work = self._seconds()
        found = list(self._at_writes(count // 2, folder))
        print(f"{count} kills, {len(found)} of them at writes")
        found += [self._after(chance.uniform(0, LATEST)) for _ in range(count - len(found))]
        return found

    def halfway(self) -> Kill:
        """A kill in the middle of the work: for another try where one came too late."""
        return self._after(LATEST / 2)

    def is_killed(self, url: str, kill: Kill) -> bool:
        """Begin the job and kill it; whether it was still at work."""
        child = self._child(url)
        kill(child)
        outcome = child.outcome()
        assert "error" not in outcome, outcome
        return not outcome

    def _child(self, url: str) -> Child:
        return self._server.child(url, self._job, **self._arguments)

    def _seconds(self) -> float:
        """How long the processor works on the job, in seconds: the shortest of some."""
        found = []
        for _ in range(3):
            with self._copy() as url:
                child = self._child(url)
                before = child.cpu_seconds()
                child.go()
                while not child.is_done(within=POLL_SECONDS):
                    pass
                found.append(child.cpu_seconds() - before)
                child.result()
        return min(found)

    def _after(self, share: float) -> Kill:
        """A kill when this share of the work is done. Where the job was done before, it takes less
        than was measured, as when others left the machine meanwhile: the next ones come earlier."""

        def kill(child: Child) -> None:
            before = child.cpu_seconds()
            child.go()
            while child.cpu_seconds() < before + share * self._work:
                if child.is_done(within=POLL_SECONDS):
                    self._work = min(self._work, child.cpu_seconds() - before)
                    return
            child.kill()

        return kill

    def _at_writes(self, count: int, folder: Path) -> Iterator[Kill]:
        """Kills at writes spread over the whole job; none where nothing can trace."""
        if not can_trace():
            return
        with self._copy() as url:
            child = self._child(url)
            trace = recorded(child.pid, WRITES, into=folder / "writes")
            child.go()
            child.result()
            trace.end()
        writes = count_calls(folder / "writes")
        print(f"writes of the undisturbed work: {writes}")
        for name, times in writes.items():
            share = max(1, count // len(writes))
            step = max(1, times // share)
            for number in range(1, times + 1, step)[:share]:
                yield _at(name, number)


def _at(call: str, number: int) -> Kill:
    def kill(child: Child) -> None:
        trace = killed_at(child.pid, call, number=number)
        child.go()
        trace.end()

    return kill
