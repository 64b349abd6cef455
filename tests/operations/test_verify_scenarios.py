"""Whatever story was told, the books are sound at its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from icb.operations.verify import Problem, run
from icb.scenarios import player
from icb.scenarios.output import collect
from icb.scenarios.player import play
from icb.scenarios.reader import read_story

FOLDER = Path(__file__).resolve().parent.parent / "scenarios"
STORIES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def test_there_are_stories() -> None:
    assert len(STORIES) > 60


@pytest.mark.parametrize("name", STORIES)
def test_books_are_sound_after_a_story(
    name: str, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> None:
    found: list[Problem] = []

    def collected(refused: Any) -> Any:
        found.extend(run(recompute=True))
        return collect(refused)

    monkeypatch.setattr(player, "collect", collected)
    with django_db_blocker.unblock():
        play(read_story((FOLDER / f"{name}.yaml").read_bytes()))
    assert [str(problem) for problem in found] == []
