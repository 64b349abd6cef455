"""What of theirs probably is what of ours (pure): by number, by name, or nearly by name.

Only what fits exactly and is the only one is chosen beforehand; the rest is offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz import fuzz, process

from icb.mapping.suggestions import LEAST, SAME, normalised


class Candidate(NamedTuple):
    """Something that a target has."""

    id: str
    name: str
    code: str = ""


class Pair(NamedTuple):
    """A candidate that is offered: `score` of 100, and why. `is_sure`: it is the only exact one."""

    candidate: Candidate
    score: int
    reason: str
    is_sure: bool


def best_pair(key: str, *, name: str, among: Sequence[Candidate]) -> Pair | None:
    """The candidate that fits best; None where none is near or several are equally good."""
    by_code = [one for one in among if one.code and one.code.casefold() == key.casefold()]
    if len(by_code) == 1:
        return Pair(by_code[0], SAME, "same number", is_sure=True)
    wanted = normalised(name)
    by_name = [one for one in among if wanted and normalised(one.name) == wanted]
    if len(by_name) == 1:
        return Pair(by_name[0], SAME, "same name", is_sure=True)
    if by_name or by_code or not wanted:
        return None
    found = process.extractOne(
        wanted, [normalised(one.name) for one in among], scorer=fuzz.WRatio, score_cutoff=LEAST
    )
    if found is None:
        return None
    _, score, place = found
    return Pair(among[place], int(score), "similar name", is_sure=False)
