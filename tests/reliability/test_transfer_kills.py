"""A transfer happens once in effect: cut lines and killed workers double nothing, lose nothing.

The fake application keeps whatever it is sent, twice where it is sent twice. It commits and cuts
the line on three of ten documents; beside that the worker is killed right after a commit that it
has not heard of, again and again, and another takes its turn after the lease.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
from datetime import UTC, datetime, timedelta

import pytest
from tests.accounting import fake
from tests.reliability.conftest import Copies
from tests.reliability.processes import Processes
from tests.support.effort import tries

TRANSFERS = tries("ICB_TEST_TRANSFERS", gate=25, night=500)
CUT_PERCENT = 30
KILLS = max(5, TRANSFERS // 20)
BEGIN = datetime(2025, 3, 1, 13, tzinfo=UTC)
# Beyond every lease and pause.
STEP = timedelta(hours=2)
MOST_TURNS = KILLS + TRANSFERS + 20


class Turns:
    """Workers' turns against the fake, each later than the one before."""

    def __init__(self, server: Processes, url: str, *, theirs: fake.Books) -> None:
        self._server = server
        self._url = url
        self._theirs = theirs
        self._at = BEGIN
        self.kills = 0

    def killed(self, *, after: int) -> None:
        """A turn that is killed when that many more documents stand there, before it hears."""
        child = self._server.child(self._url, "transfer_turn", at=self._next())
        count = itertools.count(1)

        def committed() -> None:
            if next(count) == after:
                os.kill(child.pid, signal.SIGKILL)
                self.kills += 1

        self._theirs.committed = committed
        child.go()
        outcome = child.outcome()
        self._theirs.committed = lambda: None
        assert "error" not in outcome, outcome

    def whole(self) -> None:
        """A turn that nobody disturbs but the line."""
        self._server.run(self._url, "transfer_turn", at=self._next())

    def _next(self) -> str:
        self._at += STEP
        return self._at.isoformat()


@pytest.mark.timeout(900)
def test_every_document_is_transferred_once(
    copies: Copies, server: Processes, seeded: random.Random
) -> None:
    theirs = fake.Books(cut_percent=CUT_PERCENT, dice=random.Random(seeded.random()))
    with copies() as url, fake.serving(theirs) as address:
        numbers = server.run(url, "queue_transfers", address=address, count=TRANSFERS)
        turns = Turns(server, url, theirs=theirs)
        for _ in range(KILLS):
            turns.killed(after=seeded.randrange(1, 4))
        states: dict[str, str] = {}
        for _ in range(MOST_TURNS):
            turns.whole()
            states = server.run(url, "look_at_transfers")["states"]
            if set(states.values()) == {"sent"}:
                break
        problems = server.run(url, "look_at_transfers")["problems"]
    lost = sum(theirs.asked.values())
    print(f"{len(numbers)} transfers, {turns.kills} kills, {lost} requests")
    assert len(numbers) == TRANSFERS
    assert set(states) == set(numbers)
    assert set(states.values()) == {"sent"}
    assert theirs.numbers() == dict.fromkeys(numbers, 1)
    assert turns.kills * 2 >= KILLS
    assert problems == []
