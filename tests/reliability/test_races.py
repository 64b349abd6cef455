"""Two runs at once do what one does: nothing twice, nothing lost, and no error."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from tests.reliability.conftest import Copies
from tests.reliability.processes import Processes
from tests.support.effort import tries

Order = tuple[str, dict[str, Any]]

# Of each kind so many, with so many processes.
SIZES = (2, 4, 8, 8)
ROUNDS = tries("ICB_TEST_RACE_ROUNDS", gate=1, night=10)
MUST_RACE = 20 * ROUNDS


class Race(NamedTuple):
    """What is done at once, from which stage of work on; the processes take the acts in turn.

    `is_split` where the same amounts may rightly end up on more items than when done in turn.
    """

    stage: tuple[str, ...]
    acts: tuple[Order, ...]
    is_split: bool = False

    def orders(self, size: int) -> list[Order]:
        """What each of the processes does. `{number}` in an argument is the process's own."""
        chosen = (self.acts[number % len(self.acts)] for number in range(size))
        return [
            (job, {name: _numbered(value, number) for name, value in arguments.items()})
            for number, (job, arguments) in enumerate(chosen, start=1)
        ]


def _numbered(value: Any, number: int) -> Any:
    return value.format(number=(number + 1) // 2) if isinstance(value, str) else value


def corrections(module: str, first: str) -> Order:
    return "correct_days", {"module": module, "first": first, "days": 4}


RACES = {
    "bill and bill": Race(("february",), (("bill", {}),)),
    "post and post": Race(("february", "bill"), (("post", {}),)),
    "issue and issue": Race(("february", "bill", "post"), (("issue", {}),)),
    "post and mapping change": Race(
        ("february", "bill"),
        (("post", {}), ("unmap", {"key": "org{number}", "from_day": "2025-02-15"})),
        is_split=True,
    ),
    "snapshots and bill": Race(
        ("february", "close"),
        (
            corrections("rmm", "2025-01-05"),
            ("bill", {"times": 6}),
            corrections("mail", "2025-01-11"),
        ),
        is_split=True,
    ),
}
raced: list[str] = []


@pytest.mark.parametrize("name", RACES)
def test_what_is_done_at_once_is_done_once(copies: Copies, server: Processes, name: str) -> None:
    race = RACES[name]
    expected = {size: in_turn(copies, server, race, size=size) for size in set(SIZES)}
    for size in SIZES * ROUNDS:
        with copies(*race.stage) as url:
            outcomes = server.at_once(url, race.orders(size))
            assert [each for each in outcomes if "result" not in each] == []
            server.run(url, "close")
            found = server.run(url, "look")
        raced.append(name)
        assert_alike(found, expected[size], is_split=race.is_split)
    print(f"{name}: {len(SIZES) * ROUNDS} races of {SIZES} processes, no error, nothing twice")


@pytest.mark.usefixtures("template")
def test_there_were_races_enough() -> None:
    print(f"{len(raced)} races")
    assert len(raced) >= MUST_RACE


def in_turn(copies: Copies, server: Processes, race: Race, *, size: int) -> dict[str, Any]:
    """What a single process comes to that does the same, one after the other."""
    with copies(*race.stage) as url:
        for job, arguments in race.orders(size):
            server.run(url, job, **arguments)
        server.run(url, "close")
        found: dict[str, Any] = server.run(url, "look")
    return found


def assert_alike(found: dict[str, Any], expected: dict[str, Any], *, is_split: bool) -> None:
    """The books are sound, nothing waits, and every client pays what it pays in turn."""
    assert found["problems"] == []
    assert found["not_invoiced"] == []
    assert found["invoiced"] == expected["invoiced"]
    if not is_split:
        assert found["dump"] == expected["dump"]
