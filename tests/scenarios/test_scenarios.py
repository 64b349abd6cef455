"""Every scenario of this folder comes out as it says. Its amounts are worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from icb.scenarios.compare import differences
from icb.scenarios.output import as_json
from icb.scenarios.player import play
from icb.scenarios.reader import read_story

FILES = sorted(Path(__file__).parent.glob("*.yaml"))
LEAST = 85


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_comes_out_as_expected(file: Path, django_db_blocker: Any) -> None:
    story = read_story(file.read_bytes())
    assert story.expect, "a scenario of this folder says what is expected"
    with django_db_blocker.unblock():
        output = play(story)
    assert "\n".join(differences(story.expect, actual=output)) == ""


def test_the_folder_is_not_empty() -> None:
    assert len(FILES) >= LEAST


def test_the_same_story_gives_the_same_bytes(django_db_blocker: Any) -> None:
    story = read_story((Path(__file__).parent / "credits-of-lines.yaml").read_bytes())
    with django_db_blocker.unblock():
        first, second = as_json(play(story)), as_json(play(story))
    assert first == second
