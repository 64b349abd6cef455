"""Posting and issuing by a job whose worker is killed at any moment: done once, and told so."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.reliability.conftest import Copies
from tests.reliability.killing import MUST_LAND_PERCENT, Victim
from tests.reliability.processes import Processes
from tests.support.effort import tries

KILLS = tries("ICB_TEST_KILLS", gate=20, night=200)
FIRST_TURN, LATER = "2025-03-01T12:00:00+00:00", "2025-03-01T12:10:00+00:00"


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("stages", "said"),
    [
        (("february", "bill", "ask_to_post"), "Posted "),
        (("february", "bill", "post", "ask_to_issue"), "Issued 6 documents."),
    ],
    ids=["post", "issue"],
)
def test_a_killed_workers_long_action_is_done_once(
    copies: Copies,
    server: Processes,
    seeded: random.Random,
    tmp_path: Path,
    stages: tuple[str, ...],
    said: str,
) -> None:
    with copies(*stages) as url:
        assert server.run(url, "long_turn", at=FIRST_TURN) == 1
        undisturbed = server.run(url, "look_at_long")
    assert undisturbed["job"][0] == "done"
    assert undisturbed["job"][1].startswith(said)
    assert undisturbed["problems"] == []
    victim = Victim(server, lambda: copies(*stages), job="long_turn", at=FIRST_TURN)
    landed = 0
    for kill in victim.kills(KILLS, chance=seeded, folder=tmp_path):
        # Posting is over in a moment: a kill that comes too late is tried again, earlier.
        for attempt in (kill, victim.halfway()):
            with copies(*stages) as url:
                is_landed = victim.is_killed(url, attempt)
                server.run(url, "long_turn", at=LATER)
                assert server.run(url, "look_at_long") == undisturbed
            if is_landed:
                landed += 1
                break
    print(f"{KILLS} kills, {landed} landed, 0 wrong")
    assert landed * 100 >= MUST_LAND_PERCENT * KILLS
