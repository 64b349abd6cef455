"""Who follows documents is told of each once, however often it was registered."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from icb.invoicing import ports


class Follower:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def issued(self, document_ids: Sequence[int]) -> None:
        self.told.append(list(document_ids))

    def voided(self, document_id: int) -> None:
        self.told.append(document_id)


def test_one_that_is_registered_twice_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_followers", [])
    follower = Follower()
    ports.register_document_follower(follower)
    ports.register_document_follower(follower)
    ports.tell_issued([1, 2])
    ports.tell_voided(2)
    assert follower.told == [[1, 2], 2]


def test_the_first_obstacle_that_is_one_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_obstacles", [])
    for reason in ("", "it was delivered", "it was viewed"):
        obstacle = {7: reason}
        ports.register_void_obstacle(lambda document_id, obstacle=obstacle: obstacle[document_id])
    assert ports.void_obstacle(7) == "it was delivered"
