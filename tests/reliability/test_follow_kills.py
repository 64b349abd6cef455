"""The daily chain, killed at any moment and begun again, tells everything once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.reliability.conftest import Copies
from tests.reliability.killing import MUST_LAND_PERCENT, Victim
from tests.reliability.processes import Processes
from tests.support.effort import tries

KILLS = tries("ICB_TEST_KILLS", gate=30, night=300)


@pytest.mark.timeout(900)
def test_a_killed_chain_is_taken_up_again_and_tells_nothing_twice(
    copies: Copies, server: Processes, seeded: random.Random, tmp_path: Path
) -> None:
    with copies() as url:
        server.run(url, "follow")
        undisturbed = server.run(url, "look_at_log")
    assert undisturbed["left"] == 0 and undisturbed["log"] and undisturbed["notes"]
    victim = Victim(server, copies, job="follow")
    landed = 0
    for kill in victim.kills(KILLS, chance=seeded, folder=tmp_path):
        with copies() as url:
            landed += victim.is_killed(url, kill)
            server.run(url, "follow")
            assert server.run(url, "look_at_log") == undisturbed
    assert landed * 100 >= MUST_LAND_PERCENT * KILLS
