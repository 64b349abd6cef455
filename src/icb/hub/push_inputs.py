"""What is pushed to the hub, and what it answers: plain values, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from icb.hub.inputs import Answer, Problem


class NewToken(NamedTuple):
    """A token as it is made: the only time that it is seen."""

    id: int
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One signed message: the sender's id of it, and a digest of what it carries.

    The same id with the same content was taken before; with other content it is refused.
    """

    id: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPart:
    """One part of a day's counts that are too many for one request; parts count from 1.

    `snapshot` is the sender's name for the whole. `answer` holds this part's counts.
    """

    snapshot: str
    part: int
    parts: int
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """One count as an event. `source` and `id` name it for ever; `count` is judged, not trusted."""

    source: str
    id: str
    day: date
    organization: str
    billing_type: str
    count: object


class Pushed(NamedTuple):
    """What became of a push. `state`: accepted, duplicate, quarantined or refused.

    `waiting_for`: the parts that are still to come before anything is stored.
    """

    state: str
    stored: int = 0
    problems: Sequence[Problem] = ()
    waiting_for: Sequence[int] = ()
