"""Units of a contract service on each day, from the readings of everything that feeds it.

Pure. A feed is one count key (a billing type at a module organization) on the days on which it is
mapped to the service. The feeds of one billing type are merged as its catalogue entry says (sum,
or, max); billing types are added up (rules, sections 3 and 8).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from icb.hub.reading import KeyRun, Reading
from icb.kernel.days import DayRange
from icb.kernel.quantity import MICRO, Micro
from icb.rating.terms import CountingRule

FAR = date(9999, 12, 31)
"""The end of a range that has no end."""


class Feed(NamedTuple):
    """One count key on the days it drives one contract service (half-open, ascending)."""

    contract_service: int
    count_key: int
    billing_type: int
    merge: str
    ranges: tuple[DayRange, ...]


class ServiceFeeds(NamedTuple):
    """What mappings say of one contract service.

    `mapped`: the days on which a billing type is mapped to it, whether or not anything was ever
    counted. `counting`: what the counts mean. `conflicts`: days on which another contract of the
    same organization takes the same billing type.
    """

    mapped: list[DayRange]
    counting: CountingRule
    feeds: list[Feed]
    conflicts: list[DayRange]


class ServiceRun(NamedTuple):
    """The same units, known equally well, on each day from `start` up to, and without, `end`.

    `estimated`: a carried count is in it. `held`: why a person must decide, comma-separated.
    `waiting`: a count may still come. `known`: False on days that lie in the future, where the
    last units are taken to go on. `typed`: no count drives the service on these days.
    """

    start: date
    end: date
    units: Micro
    estimated: bool = False
    held: str = ""
    waiting: bool = False
    known: bool = True
    typed: bool = False


def feed_runs(
    feed: Feed, *, readings: Sequence[KeyRun], known_until: date, until: date
) -> list[ServiceRun]:
    """The readings of a feed's key on its mapped days, as runs up to `until`.

    `readings` end at `known_until` (the day after today) unless the organization has departed;
    where they reach it, the last units go on, not known yet, to the end of the mapping or `until`.
    """
    runs: list[ServiceRun] = []
    goes_on = bool(readings) and readings[-1].end >= known_until
    for start, end in feed.ranges:
        end = min(end, until)
        for run in readings:
            first, last = max(run.start, start), min(run.end, end)
            if first < last:
                runs.append(_service_run(run, first, last))
        future = max(start, known_until)
        if goes_on and future < end:
            runs.append(ServiceRun(future, end, readings[-1].units, known=False))
    return runs


def _service_run(run: KeyRun, start: date, end: date) -> ServiceRun:
    status = run.status
    if status == Reading.COUNTED:
        return ServiceRun(start, end, run.units)
    if status == Reading.CARRIED:
        return ServiceRun(start, end, run.units, True)
    if status == Reading.HELD:
        return ServiceRun(start, end, run.units, True, run.reason)
    return ServiceRun(start, end, run.units, True, "", True)


def combine(feeds: Sequence[tuple[Feed, list[ServiceRun]]]) -> list[ServiceRun]:
    """One series of runs for all feeds of a contract service; days that none feeds are left out."""
    fed = [(feed, runs) for feed, runs in feeds if runs]
    if not fed:
        return []
    if len(fed) == 1:
        feed, runs = fed[0]
        return runs if feed.merge != "or" else [_as_truth(run) for run in runs]
    return _sweep(fed)


def _as_truth(run: ServiceRun) -> ServiceRun:
    return run._replace(units=MICRO if run.units else 0)


def _sweep(fed: Sequence[tuple[Feed, list[ServiceRun]]]) -> list[ServiceRun]:
    """Cut the days at every start and end, and merge what is in force between two cuts."""
    cuts = sorted({day for _, runs in fed for run in runs for day in (run.start, run.end)})
    positions = [0] * len(fed)
    merged: list[ServiceRun] = []
    for start, end in pairwise(cuts):
        active = []
        for index, (feed, runs) in enumerate(fed):
            at = positions[index]
            while at < len(runs) and runs[at].end <= start:
                at += 1
            positions[index] = at
            if at < len(runs) and runs[at].start <= start:
                active.append((feed, runs[at]))
        if active:
            merged.append(_merged(start, end, active))
    return merged


def _merged(start: date, end: date, active: Sequence[tuple[Feed, ServiceRun]]) -> ServiceRun:
    by_type: dict[int, Micro] = {}
    for feed, run in active:
        before = by_type.get(feed.billing_type, 0)
        if feed.merge == "or":
            by_type[feed.billing_type] = max(before, MICRO if run.units else 0)
        elif feed.merge == "max":
            by_type[feed.billing_type] = max(before, run.units)
        else:
            by_type[feed.billing_type] = before + run.units
    reasons = {reason for _, run in active for reason in run.held.split(",") if reason}
    return ServiceRun(
        start,
        end,
        sum(by_type.values()),
        estimated=any(run.estimated for _, run in active),
        held=",".join(sorted(reasons)),
        waiting=any(run.waiting for _, run in active),
        known=all(run.known for _, run in active),
    )
