"""When each step happens: pure, from the steps and the provider's days.

A step with a bare date happens at 12:00 local time, an answer without a date at 02:00 on the
day after each usage day. The clock never runs backwards. Modules answer side by side: among
neighbouring steps without `on`, the order is kept for each module, and time decides between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time
from itertools import groupby
from typing import Any, NamedTuple

from icb.kernel.days import ONE_DAY, DayRange, ProviderDays
from icb.scenarios.malformed import MalformedScenario
from icb.scenarios.steps import Bill, Receive, ReceiveEvent, Step, SyncFailed

NOON = time(12)
ARRIVAL = time(2)


class Moment(NamedTuple):
    """An instant at which a step happens, or until which some days of it have arrived.

    Days that arrive one after the other, with nothing between them, are one moment: nobody looks
    at the books before the last of them is there.
    """

    at: datetime
    step: Step
    days: DayRange | None = None  # of an answer: the usage days that have arrived


def moments(
    steps: Iterable[Step], *, provider_days: Callable[[], ProviderDays]
) -> Iterator[Moment]:
    """The moments of a timeline, lazily: a step may change the provider's days for the next.

    Raises MalformedScenario where the clock would run backwards, and for a run through a day
    that is not here yet.
    """
    last: Moment | None = None
    for is_dated, group in groupby(steps, key=lambda step: step.on is not None):
        block = list(group)
        for part in [[step] for step in block] if is_dated else [block]:
            for moment in _block(part, days=provider_days(), after=last):
                last = moment
                yield moment


def _block(steps: list[Step], *, days: ProviderDays, after: Moment | None) -> list[Moment]:
    """The moments of steps that run side by side, in order of time."""
    newest: dict[str, Moment] = {}
    found: list[Moment] = []
    for step in steps:
        module = getattr(step.does, "module", None) or ""
        for moment in _moments_of(step, days):
            _check_order(moment, after=newest.get(module, after))
            _check_through(moment, today=days.day_of(moment.at))
            newest[module] = moment
            found.append(moment)
    return _joined(sorted(found, key=lambda moment: moment.at))


def _joined(found: list[Moment]) -> list[Moment]:
    joined: list[Moment] = []
    for moment in found:
        before = joined[-1] if joined else None
        if before and before.step is moment.step and before.days and moment.days:
            days = DayRange(before.days.start, moment.days.end)
            joined[-1] = Moment(moment.at, moment.step, days)
        else:
            joined.append(moment)
    return joined


def _moments_of(step: Step, days: ProviderDays) -> Iterator[Moment]:
    does: Any = step.does
    if step.on is not None:
        at = step.on if isinstance(step.on, datetime) else days.at(step.on, NOON)
        yield Moment(at, step, does.days if isinstance(does, Receive) else None)
    elif isinstance(does, Receive):
        day = does.days.start
        while day < does.days.end:
            yield Moment(days.at(day + ONE_DAY, ARRIVAL), step, DayRange(day, day + ONE_DAY))
            day += ONE_DAY
    elif isinstance(does, SyncFailed):
        yield Moment(days.at(does.days.end, ARRIVAL), step)
    elif isinstance(does, ReceiveEvent):
        yield Moment(does.at, step)


def _check_order(moment: Moment, *, after: Moment | None) -> None:
    if after is None or moment.at >= after.at:
        return
    step, before = moment.step, after.step
    raise MalformedScenario(
        f"{step.verb} happens at {moment.at:%Y-%m-%d %H:%M} UTC, before the {before.verb} of line "
        f"{before.line} at {after.at:%Y-%m-%d %H:%M} UTC; the clock never runs backwards",
        line=step.line,
        field=f"{step.path}.on" if step.on else step.path,
    )


def _check_through(moment: Moment, *, today: date) -> None:
    does = moment.step.does
    if isinstance(does, Bill) and does.through and does.through > today:
        raise MalformedScenario(
            f"{does.through} is after {today}, the day of the step",
            line=moment.step.line,
            field=f"{moment.step.path}.bill.through",
        )
