"""When a day's sync is tried again, and until when (pure)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from icb.kernel.days import ONE_DAY, ProviderDays

# After the first failure, the second, …; the last one from then on.
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 30))
# Once the day is no longer awaited, and where only a person can help.
_LONG_PAUSE = timedelta(hours=6)
_PERSONS_PAUSE = timedelta(hours=3)
# Where the vendor asks to come back after the end, one last try is made this long before it.
_LAST_CHANCE = timedelta(minutes=10)


class Tried(NamedTuple):
    """What was tried for a day so far: how often, and how and when the newest attempt ended."""

    attempts: int
    at: datetime
    code: str
    is_passing: bool
    retry_after: int | None = None  # seconds that the vendor asked for


class Window(NamedTuple):
    """From when to when a day's counts can be asked for; `noon`: until then they are awaited."""

    opens: datetime
    noon: datetime
    ends: datetime


def window_of(
    day: date, *, calendar: ProviderDays, has_history: bool, catch_up_days: int
) -> Window:
    """When a day can be asked for: without history until the noon after it, else for the days
    that are caught up."""
    noon = calendar.noon_after(day)
    ends = noon
    if has_history:
        ends = max(noon, calendar.at(day + ONE_DAY * (catch_up_days + 1), time()))
    return Window(calendar.at(day + ONE_DAY, time()), noon, ends)


def next_try(tried: Tried, *, window: Window) -> datetime | None:
    """When to try the day again; None where its time is over.

    The vendor's own wish goes before; what only a person can mend is asked for seldom.
    """
    wanted = tried.at + _pause(tried, window=window)
    if tried.retry_after is not None:
        wanted = max(wanted, tried.at + timedelta(seconds=tried.retry_after))
    if wanted < window.ends:
        return wanted
    last = window.ends - _LAST_CHANCE
    return last if tried.at < last else None


def _pause(tried: Tried, *, window: Window) -> timedelta:
    if not tried.is_passing:
        return _PERSONS_PAUSE
    if tried.at >= window.noon:
        return _LONG_PAUSE
    return _PAUSES[min(tried.attempts, len(_PAUSES)) - 1]
