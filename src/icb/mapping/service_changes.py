"""On which days counts changed the units of a contract service. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from icb.hub.day_changes import unit_steps, units_on
from icb.hub.reading import KeyRun
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.quantity import Micro
from icb.mapping.units import Feed, combine, feed_runs


class ServiceChange(NamedTuple):
    """The units of a day and of the day before; None: none."""

    before: Micro | None
    after: Micro | None


def service_changes(
    feeds: Sequence[Feed],
    *,
    readings: Mapping[int, Sequence[KeyRun]],
    days: DayRange,
    also: Iterable[date] = (),
) -> dict[date, ServiceChange]:
    """The changes on `days`, and what is so on the days of `also`.

    A day counts where a count that feeds the service, on it or the day before, differs from the
    day before. A mapping that begins or ends is no count: where it alone changes the units there
    is no entry. `readings` are by count key, from the day before the first of `days` on.
    """
    runs = [
        (feed, feed_runs(feed, readings=found, known_until=days.end, until=days.end))
        for feed in feeds
        for found in [readings.get(feed.count_key, ())]
    ]
    steps = unit_steps(combine(runs), until=days.end)
    moved = {day for feed in feeds for day in _moved(feed, readings, until=days.end)}
    asked = set(also)
    found = {}
    for day in sorted(moved | asked):
        change = ServiceChange(units_on(steps, day=day - ONE_DAY), units_on(steps, day=day))
        if days.contains(day) and (day in asked or change.before != change.after):
            found[day] = change
    return found


def _moved(feed: Feed, readings: Mapping[int, Sequence[KeyRun]], *, until: date) -> Iterable[date]:
    """The days on which the units of the feed's key changed, while it fed or right after."""
    for step in unit_steps(readings.get(feed.count_key, ()), until=until):
        day = step.day
        if any(days.contains(day) or days.contains(day - ONE_DAY) for days in feed.ranges):
            yield day
