"""Which days of a connection are due, found from what is stored alone (pure).

A day is expected once, and ends either answered or given up. Whatever happened in between, a stop,
a second tick, a lost job, the same question gives what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from icb.kernel.days import ONE_DAY, ProviderDays
from icb.operations.syncing.advice import CANCELLED, MISSING, NOT_ASKED
from icb.operations.syncing.retrying import Tried, Window, next_try, window_of

SPREAD_SECONDS = 3600


class Source(StrEnum):
    """How the counts of a connection come."""

    HISTORY = "history"  # asked for, also for days that have passed
    PRESENT = "present"  # asked for, of now only
    SENT = "sent"  # nobody asks: files, push, imports


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A connection whose counts are expected from the day `first` on."""

    id: int
    key: str
    source: Source
    first: date
    catch_up_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is stored of a connection's days.

    `answered`: when the newest readable answer came. `given_up`: finally failed. `tried`: failed
    attempts. `open`: days with a job that waits or runs.
    """

    answered: Mapping[date, datetime] = field(default_factory=dict)
    given_up: Set[date] = frozenset()
    tried: Mapping[date, Tried] = field(default_factory=dict)
    open: Set[date] = frozenset()


class Lost(NamedTuple):
    """A day for which nothing more can be done, and the code that says why."""

    day: date
    code: str


class Plan(NamedTuple):
    """What is left, oldest first; of it what is due now, and what is lost.

    Every day before `settled_until` has its end.
    """

    left: tuple[date, ...]
    due: tuple[date, ...]
    lost: tuple[Lost, ...]
    settled_until: date


def plan_days(expected: Expected, *, known: Known, now: datetime, calendar: ProviderDays) -> Plan:
    """The days of a connection that are to be asked for now, and those that are lost."""
    today = calendar.day_of(now)
    left, due, lost = list[date](), list[date](), list[Lost]()
    settled_until = expected.first
    for number in range(max(0, (today - expected.first).days)):
        day = expected.first + ONE_DAY * number
        window = _window(expected, day=day, calendar=calendar)
        if _is_settled(expected, known=known, day=day, window=window):
            if settled_until == day:
                settled_until = day + ONE_DAY
        elif now < window.ends:
            left.append(day)
            if _is_due(expected, known=known, day=day, window=window, now=now):
                due.append(day)
        elif day not in known.open:
            lost.append(Lost(day, _why_lost(expected, known=known, day=day)))
    return Plan(tuple(left), tuple(due), tuple(lost), settled_until)


def spread(key: str) -> timedelta:
    """How long after midnight a connection's turn comes: always the same, each another.

    So that all connections of all providers do not ask in the same second.
    """
    number = int.from_bytes(sha256(key.encode()).digest()[:4], "big")
    return timedelta(seconds=number % SPREAD_SECONDS)


def _window(expected: Expected, *, day: date, calendar: ProviderDays) -> Window:
    return window_of(
        day,
        calendar=calendar,
        has_history=expected.source == Source.HISTORY,
        catch_up_days=expected.catch_up_days,
    )


def _is_settled(expected: Expected, *, known: Known, day: date, window: Window) -> bool:
    """An answer of the day itself is not the day's end: counts may have changed until midnight."""
    if day in known.given_up:
        return True
    at = known.answered.get(day)
    return at is not None and (expected.source == Source.SENT or at >= window.opens)


def _why_lost(expected: Expected, *, known: Known, day: date) -> str:
    """Why nothing more can be done: of what was tried the newest reason."""
    if expected.source == Source.SENT:
        return MISSING
    tried = known.tried.get(day)
    return NOT_ASKED if tried is None else tried.code


def _is_due(expected: Expected, *, known: Known, day: date, window: Window, now: datetime) -> bool:
    if expected.source == Source.SENT or day in known.open:
        return False
    tried = known.tried.get(day)
    is_cancelled = tried is not None and tried.code == CANCELLED
    if is_cancelled and tried is not None and tried.at >= window.opens:
        return False  # until a person asks again
    if is_cancelled or tried is None:
        # What was cancelled in the middle of the day was not the asking for its end.
        return now >= window.opens + spread(expected.key)
    again = next_try(tried, window=window)
    return again is not None and now >= again
