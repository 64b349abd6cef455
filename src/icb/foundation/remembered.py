"""Answers that take long to add up, kept by this process until what they are made of changes.

Whoever asks says by a stamp what the books are at; an answer is given again only under the very
stamp under which it was made, so a wrong one is never shown. A stamp is read in the transaction
that reads the rest, and is cheap: numbers that grow with each change. Another process remembers for
itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

from icb.foundation.scope import provider_id

Answer = TypeVar("Answer")
_kept: list[Memory[Any]] = []


class Memory(Generic[Answer]):
    """The newest answers to questions of one kind, for all providers; at most `most` of them.

    Answers are shared between requests: nobody may change one.
    """

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._lock = Lock()
        self._answers: OrderedDict[Hashable, tuple[Hashable, Answer]] = OrderedDict()
        _kept.append(self)

    def answer(self, asked: Hashable, *, stamp: Hashable, make: Callable[[], Answer]) -> Answer:
        """What is remembered of the question under this stamp for the provider in scope, else what
        `make` makes."""
        key = (provider_id(), asked)
        with self._lock:
            known = self._answers.get(key)
            if known is not None and known[0] == stamp:
                self._answers.move_to_end(key)
                return known[1]
        made = make()
        with self._lock:
            self._answers[key] = stamp, made
            self._answers.move_to_end(key)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        return made

    def forget(self) -> None:
        """Remember nothing."""
        with self._lock:
            self._answers.clear()


def forget_everything() -> None:
    """Let every memory of this process forget; for tests, whose books come and go."""
    for memory in _kept:
        memory.forget()
