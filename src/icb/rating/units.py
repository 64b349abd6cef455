"""What rating is given: the units of one contract service in one period, as change points."""

from datetime import date
from typing import NamedTuple

from icb.kernel.period import Period
from icb.kernel.quantity import Micro


class UnitRun(NamedTuple):
    """The same number of units on each day from `start` up to, and without, `end`."""

    start: date
    end: date
    units: Micro
    estimated: bool = False


class PeriodUnits(NamedTuple):
    """The runs of one period: sorted, disjoint, inside the period, on exactly the covered days.

    `units_before` is the count in force before the period, None where nothing fed the service on
    the day before it.
    """

    period: Period
    runs: tuple[UnitRun, ...]
    units_before: Micro | None = None
    units_before_estimated: bool = False


def stretches(runs: tuple[UnitRun, ...]) -> list[tuple[UnitRun, ...]]:
    """The runs in groups without an uncovered day inside."""
    groups = []
    begin = 0
    for index in range(1, len(runs)):
        if runs[index].start != runs[index - 1].end:
            groups.append(runs[begin:index])
            begin = index
    groups.append(runs[begin:])
    return groups


def covered_days(runs: tuple[UnitRun, ...]) -> int:
    """How many days the runs cover."""
    return sum((run.end - run.start).days for run in runs)


def estimated_days(runs: tuple[UnitRun, ...]) -> int:
    """How many of the covered days have a carried count."""
    return sum((run.end - run.start).days for run in runs if run.estimated)
