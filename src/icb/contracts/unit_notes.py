"""Which changes of a service's units are still to be noted on its contract. Pure.

Of the notes of a service's day the newest holds. A day is noted once for each change of its units,
and again only where it turned out otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from icb.kernel.quantity import Micro, format_micro


class Units(NamedTuple):
    """Units before a day and on it, in millionths; None: none."""

    before: Micro | None
    after: Micro | None


def notes_to_write(
    changes: Mapping[date, Units], *, noted: Mapping[date, Units]
) -> Iterator[tuple[date, Units, str]]:
    """(day, units, words) of what is to be noted, oldest day first.

    `changes` are the days on which the units differ from the day before, and, of the days that are
    `noted` already, what is so now.
    """
    for day in sorted(changes):
        units, before = changes[day], noted.get(day)
        if before == units or (before is None and units.before == units.after):
            continue
        words = f"{day}: {_change(units)}"
        if before is not None:
            words += f" Corrected: it was noted as {_from_to(before)}."
        yield day, units, words


def _change(units: Units) -> str:
    if units.before == units.after:
        return f"no change, {_text(units.after)}."
    return f"units changed {_from_to(units)}."


def _from_to(units: Units) -> str:
    return f"from {_text(units.before)} to {_text(units.after)}"


def _text(units: Micro | None) -> str:
    return "none" if units is None else format_micro(units)
