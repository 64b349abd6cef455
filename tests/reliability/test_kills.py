"""A process that is killed at any moment of a month's work loses nothing and doubles nothing.

Each kill has a database of its own on which January is done. February's work is killed, is begun
again and runs to its end; then every row must be as if nothing had happened.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.reliability.conftest import Copies
from tests.reliability.processes import Child, Processes
from tests.reliability.tracing import can_trace, count_calls, killed_at, recorded
from tests.support.databases import POSTGRESQL, chosen

KILLS = int(os.environ.get("ICB_TEST_KILLS", "100"))
MUST_LAND_PERCENT = 90
# What reaches the disk, or the server: a kill at each of them in turn.
WRITES = "sendto" if chosen() == POSTGRESQL else "pwrite64,fsync,fdatasync"
# Of the work that the month takes undisturbed: later ones might come too late.
LATEST = 0.85
SHOWN = 20
POLL_SECONDS = 0.0005

Kill = Callable[[Child], None]


@pytest.fixture(scope="module")
def undisturbed(copies: Copies, server: Processes) -> dict[str, Any]:
    """The same month without a kill."""
    with copies() as url:
        server.run(url, "month")
        found: dict[str, Any] = server.run(url, "look")
    return found


def test_the_undisturbed_month_is_what_was_agreed(undisturbed: dict[str, Any]) -> None:
    assert undisturbed["problems"] == undisturbed["not_invoiced"] == []
    in_arrears = {f"org{number}": both_months(number) for number in range(1, 6)}
    assert {key: undisturbed["invoiced"][key] for key in in_arrears} == in_arrears


def both_months(number: int) -> int:
    """A client's invoices of January, February and the correction, in cents, by the price list."""
    cents = 0
    for days in (31, 28):
        unit_days = 10 * number * days + (days - 14)
        for price in (310, 155):
            cents += half_up(Fraction(price * unit_days, days))
        cents += 2 * 4000
    # On 20 January there was one seat more than was counted at first.
    seats = 10 * number * 31 + 17
    return cents + half_up(Fraction(310 * (seats + 1), 31)) - half_up(Fraction(310 * seats, 31))


def half_up(value: Fraction) -> int:
    return (value + Fraction(1, 2)).__floor__()


@pytest.mark.timeout(900)
def test_a_kill_at_any_moment_loses_and_doubles_nothing(
    copies: Copies,
    server: Processes,
    undisturbed: dict[str, Any],
    seeded: random.Random,
    tmp_path: Path,
) -> None:
    seconds = work_of_a_month(copies, server)
    at_writes = list(kills_at_writes(copies, server, tmp_path))
    at_random = [kill_after(seeded.uniform(0, LATEST) * seconds) for _ in range(KILLS)]
    kills = [*at_writes, *at_random[len(at_writes) :]]
    landed = 0
    for number, kill in enumerate(kills):
        with copies() as url:
            landed += is_killed(server, url, kill)
            server.run(url, "month")
            found = server.run(url, "look")
        wrong = differences(found, undisturbed)
        assert not wrong, "\n".join([f"kill {number}:", *wrong[:SHOWN]])
    print(f"{len(kills)} kills, {len(at_writes)} of them at writes, {landed} landed, 0 wrong")
    assert len(kills) >= KILLS
    assert landed * 100 >= MUST_LAND_PERCENT * len(kills)


def differences(found: dict[str, Any], undisturbed: dict[str, Any]) -> list[str]:
    """How two histories differ, in words: first what is wrong, then row by row."""
    said = [f"{name}: {found[name]}" for name in undisturbed if found[name] != undisturbed[name]]
    said = [words for words in said if not words.startswith("dump")]
    for table, rows in undisturbed["dump"].items():
        there = Counter(found["dump"][table])
        there.subtract(rows)
        said += [f"{table}: {count:+} of {row}" for row, count in there.items() if count]
    return said


def work_of_a_month(copies: Copies, server: Processes) -> float:
    """How long the processor works on the month, in seconds: the shortest of some."""
    found = []
    for _ in range(3):
        with copies() as url:
            child = server.child(url, "month")
            before = child.cpu_seconds()
            child.go()
            while not child.is_done(within=POLL_SECONDS):
                pass
            found.append(child.cpu_seconds() - before)
            child.result()
    return min(found)


def kills_at_writes(copies: Copies, server: Processes, folder: Path) -> Iterator[Kill]:
    """Kills at writes spread over the whole month, half of all; none where nothing can trace."""
    if not can_trace():
        return
    with copies() as url:
        child = server.child(url, "month")
        trace = recorded(child.pid, WRITES, into=folder / "writes")
        child.go()
        child.result()
        trace.end()
    writes = count_calls(folder / "writes")
    print(f"writes of an undisturbed month: {writes}")
    for name, count in writes.items():
        share = max(1, KILLS // 2 // len(writes))
        step = max(1, count // share)
        for number in range(1, count + 1, step)[:share]:
            yield kill_at(name, number)


def kill_at(call: str, number: int) -> Kill:
    def kill(child: Child) -> None:
        trace = killed_at(child.pid, call, number=number)
        child.go()
        trace.end()

    return kill


def kill_after(seconds: float) -> Kill:
    def kill(child: Child) -> None:
        until = child.cpu_seconds() + seconds
        child.go()
        while child.cpu_seconds() < until:
            if child.is_done(within=POLL_SECONDS):
                return
        child.kill()

    return kill


def is_killed(server: Processes, url: str, kill: Kill) -> bool:
    """Begin the month and kill it; whether it was still at work."""
    child = server.child(url, "month")
    kill(child)
    outcome = child.outcome()
    assert "error" not in outcome, outcome
    return not outcome
