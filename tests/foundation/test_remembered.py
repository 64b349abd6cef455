"""Answers are given again under the stamp that they were made under, and under no other."""

from __future__ import annotations

import pytest

from icb.foundation.remembered import Memory, forget_everything

pytestmark = pytest.mark.usefixtures("provider")


def test_an_answer_is_made_once_for_a_stamp() -> None:
    memory: Memory[int] = Memory()
    made = iter(range(10))
    answers = [
        memory.answer(asked, stamp=stamp, make=lambda: next(made))
        for asked, stamp in (("a", 1), ("a", 1), ("b", 1), ("a", 2), ("a", 1), ("b", 1))
    ]
    assert answers == [0, 0, 1, 2, 3, 1]
    forget_everything()
    assert memory.answer("b", stamp=1, make=lambda: next(made)) == 4


def test_only_the_newest_are_kept() -> None:
    memory: Memory[str] = Memory(most=2)
    for asked in ("a", "b", "a", "c"):
        memory.answer(asked, stamp=0, make=lambda: "first")
    again = [memory.answer(asked, stamp=0, make=lambda: "again") for asked in ("a", "c", "b")]
    assert again == ["first", "first", "again"]
