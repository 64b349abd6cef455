"""A worker that is killed in the middle of a sync: it is taken up again, and stored once.

Each kill has a database of its own, on which six days of two modules are due. The worker is killed;
after its lease another takes its turn, and then every day must be stored exactly once.
"""

from __future__ import annotations

import os
import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.reliability.conftest import Copies
from tests.reliability.killing import MUST_LAND_PERCENT, Victim
from tests.reliability.processes import Processes

KILLS = int(os.environ.get("ICB_TEST_SYNC_KILLS", "40"))
FIRST_TURN = "2025-03-02T09:00:00+00:00"
# After the lease of the dead worker.
NEXT_TURN = "2025-03-02T09:01:01+00:00"
DAYS = 6


@pytest.fixture(scope="module")
def undisturbed(copies: Copies, server: Processes) -> dict[str, Any]:
    """The same turn without a kill."""
    with copies("connect_pulled") as url:
        done = server.run(url, "work_off", at=FIRST_TURN)
        found: dict[str, Any] = server.run(url, "look_at_syncs")
    assert done == 2 * DAYS
    return found


def test_the_undisturbed_turn_stores_each_day_once(undisturbed: dict[str, Any]) -> None:
    pulled = [row for row in undisturbed["snapshots"] if row[0] in ("alpha", "beta")]
    assert [row[2:4] for row in pulled] == [["1", "accepted"]] * 2 * DAYS
    assert [row[2] for row in undisturbed["syncs"]] == ["stored"] * 2 * DAYS
    assert undisturbed["jobs"] == [["sync", "done"]] * 2 * DAYS
    assert undisturbed["problems"] == []


@pytest.mark.timeout(900)
def test_a_killed_worker_is_followed_by_another_that_stores_once(
    copies: Copies,
    server: Processes,
    undisturbed: dict[str, Any],
    seeded: random.Random,
    tmp_path: Path,
) -> None:
    copy = partial(copies, "connect_pulled")
    victim = Victim(server, copy, job="work_off", at=FIRST_TURN)
    kills = victim.kills(KILLS, chance=seeded, folder=tmp_path)
    landed, interrupted = 0, 0
    for number, kill in enumerate(kills):
        with copy() as url:
            landed += victim.is_killed(url, kill)
            server.run(url, "work_off", at=NEXT_TURN)
            found = server.run(url, "look_at_syncs")
            interrupted += server.run(url, "count_interrupted")
        wrong = [name for name in undisturbed if found[name] != undisturbed[name]]
        assert not wrong, f"kill {number}: {[(name, found[name]) for name in wrong]}"
    print(f"{len(kills)} kills, {landed} landed, {interrupted} in the middle of a sync, 0 wrong")
    assert len(kills) >= KILLS
    assert landed * 100 >= MUST_LAND_PERCENT * len(kills)
    assert interrupted * 3 >= landed
