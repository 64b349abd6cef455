"""A process that is killed at any moment of a month's work loses nothing and doubles nothing.

Each kill has a database of its own on which January is done. February's work is killed, is begun
again and runs to its end; then every row must be as if nothing had happened.
"""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.reliability.conftest import Copies
from tests.reliability.killing import MUST_LAND_PERCENT, Victim
from tests.reliability.processes import Processes
from tests.support.effort import tries

KILLS = tries("ICB_TEST_KILLS", gate=100, night=1000)
SHOWN = 20


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
    victim = Victim(server, copies, job="month")
    kills = victim.kills(KILLS, chance=seeded, folder=tmp_path)
    landed = 0
    for number, kill in enumerate(kills):
        with copies() as url:
            landed += victim.is_killed(url, kill)
            server.run(url, "month")
            found = server.run(url, "look")
        wrong = differences(found, undisturbed)
        assert not wrong, "\n".join([f"kill {number}:", *wrong[:SHOWN]])
    print(f"{len(kills)} kills, {landed} landed, 0 wrong")
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
