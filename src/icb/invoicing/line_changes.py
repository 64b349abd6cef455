"""What changed between the lines of two invoices, from their frozen data alone. Pure.

Lines are the same where organization, contract, service and kind are; where a document has several
of them (price segments), the first goes with the first. What is billed once (changes, corrections,
manual items) has no line to go with: it is new on one invoice and gone on the next.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from icb.kernel.money import Minor, to_minor
from icb.kernel.quantity import Micro, to_micro

FrozenLine = Mapping[str, Any]

ONCE = ("adjustment", "correction", "manual")
"""Kinds of lines that are billed once and have nothing to be compared with."""


class Measure(NamedTuple):
    """What a line bills: units, unit price (None: tiers), days charged of those in the period."""

    units: Micro
    price: Micro | None
    days: int
    days_in_period: int
    amount: Minor


class LineChange(NamedTuple):
    """A line of this invoice, of the last one or of both, and what is different.

    `position` and `last_position` are None where the line is not on that invoice. `what` are the
    causes that differ: units, price, days (their share of the period), terms; or new, gone, once.
    """

    position: int | None
    last_position: int | None
    line: FrozenLine
    now: Measure | None
    last: Measure | None
    difference: Minor
    what: tuple[str, ...]


def line_changes(
    lines: Sequence[FrozenLine], *, last_lines: Sequence[FrozenLine], currency: str
) -> list[LineChange]:
    """Every line of both invoices once: this one's in order, then those gone.

    The differences add up to the difference of the two nets.
    """
    last_by_key: dict[tuple[str, ...], list[FrozenLine]] = defaultdict(list)
    for line in last_lines:
        if line["kind"] not in ONCE:
            last_by_key[_key(line)].append(line)
    paired: set[int] = set()
    found = []
    for line in lines:
        same = last_by_key.get(_key(line)) if line["kind"] not in ONCE else None
        last = same.pop(0) if same else None
        if last is not None:
            paired.add(last["position"])
        found.append(_change(line, last, currency))
    gone = [line for line in last_lines if line["position"] not in paired]
    return found + [_change(None, line, currency) for line in gone]


def measure(line: FrozenLine, *, currency: str) -> Measure:
    """What a frozen line bills."""
    price = line.get("unit_price")
    return Measure(
        to_micro(line.get("units", "0"), field="units"),
        None if price is None else to_micro(price, field="unit_price"),
        covered_days(line),
        line.get("days_in_period", 0),
        to_minor(line["amount"], currency),
    )


def covered_days(line: FrozenLine) -> int:
    """The days that a line charges: those of its working, else its whole period."""
    working = line_working(line)
    runs = working.get("runs")
    if runs is not None:
        return sum(_days(run[0], run[1]) for run in runs)
    if "days" in working:
        return int(working["days"])
    if "covered_days" in working:
        return int(working["covered_days"])
    period = line.get("period")
    return _days(*period) if period else 0


def line_working(line: FrozenLine) -> dict[str, Any]:
    """The stored working of a line; of a correction, that of what the line should be."""
    working: dict[str, Any] = json.loads(line.get("working") or "{}")
    if working.get("rule") == "correction":
        return working["working"] or {}
    return working


def _change(line: FrozenLine | None, last: FrozenLine | None, currency: str) -> LineChange:
    now = None if line is None else measure(line, currency=currency)
    before = None if last is None else measure(last, currency=currency)
    shown = line if line is not None else last
    assert shown is not None
    return LineChange(
        None if line is None else line["position"],
        None if last is None else last["position"],
        shown,
        now,
        before,
        (now.amount if now else 0) - (before.amount if before else 0),
        _what(shown, now, before),
    )


def _what(line: FrozenLine, now: Measure | None, last: Measure | None) -> tuple[str, ...]:
    if now is None or last is None:
        if line["kind"] in ONCE:
            return ("once",)
        return ("new",) if last is None else ("gone",)
    causes = [
        ("units", now.units != last.units),
        ("price", now.price != last.price),
        # All days of a longer month are no other share of it.
        ("days", now.days * last.days_in_period != last.days * now.days_in_period),
    ]
    found = tuple(name for name, differs in causes if differs)
    return found or (("terms",) if now.amount != last.amount else ())


def _key(line: FrozenLine) -> tuple[str, ...]:
    return (line["organization"], line["contract"], line["service"], line["kind"])


def _days(start: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(start)).days
