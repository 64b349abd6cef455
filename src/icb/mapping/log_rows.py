"""The rows of the activity log for one key: what is to be told that was not told yet. Pure.

Of the rows of a key's day the latest holds. A day is told again only where it reads otherwise than
its latest row says, so following the same answers twice tells nothing, in whatever order they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from icb.hub.change_points import ABSENT
from icb.hub.day_changes import Change, DayChange, Step, units_on
from icb.kernel.quantity import Micro, format_micro
from icb.mapping.key_standing import Standing

UNMAPPED = "unmapped"
TROUBLE = frozenset({"failed", "missing", "quarantined", "refused", "held", "absent"})
"""The statuses that somebody should look at."""

_COUNTED = (Change.NEW, Change.INCREASED, Change.DECREASED, Change.RETURNED)


class Told(NamedTuple):
    """What the log says of a key's day; units in millionths, None: none."""

    before: Micro | None
    after: Micro | None
    status: str


class LogRow(NamedTuple):
    """One row to be added for a key."""

    day: date
    organization: int | None
    service: int | None
    before: Micro | None
    after: Micro | None
    status: str
    message: str
    snapshot: int | None


class KeyDays(NamedTuple):
    """A key from `since` on: its changed days, its units, and the answer that made it be read."""

    since: date
    changes: Sequence[DayChange]
    steps: Sequence[Step]
    snapshot: int | None


def rows_to_tell(
    key: KeyDays, *, told: Mapping[date, Told], standing: Callable[[date], Standing]
) -> Iterator[LogRow]:
    """The rows to add, oldest day first; one for each service that takes a day's count."""
    wanted = {change.day: change for change in key.changes}
    for day in sorted({*wanted, *(day for day in told if day >= key.since)}):
        units = units_on(key.steps, day=day)
        change = wanted.get(day) or DayChange(day, units, units, Change.UNCHANGED)
        before = told.get(day)
        if before is not None and _says_the_same(before, change):
            continue
        snapshot = change.snapshot if before is None else key.snapshot or change.snapshot
        yield from _rows(change._replace(snapshot=snapshot), standing(day), before)


def _says_the_same(told: Told, change: DayChange) -> bool:
    return (told.before, told.after, _sort(told.status)) == (
        change.before,
        change.after,
        _sort(change.change),
    )


def _sort(status: str) -> str:
    """What sets two rows with the same units apart: not whom it was mapped to at the time."""
    return "counted" if status in (*_COUNTED, UNMAPPED) else str(status)


def _rows(change: DayChange, standing: Standing, told: Told | None) -> Iterator[LogRow]:
    status: str = change.change
    is_unmapped = not standing.services and not standing.is_ignored
    if is_unmapped and change.change in _COUNTED:
        status = UNMAPPED
    message = _message(change, standing, status)
    if told is not None:
        message = _joined(f"corrected: it read {_text(told.after)} before", message)
    for service in standing.services or (None,):
        yield LogRow(
            change.day,
            standing.organization,
            service,
            change.before,
            change.after,
            status,
            message,
            change.snapshot,
        )


def _message(change: DayChange, standing: Standing, status: str) -> str:
    if change.change is Change.HELD and change.reason == ABSENT:
        return "a newer answer of the day leaves it out: waits for a decision, its count stands"
    if change.change is Change.HELD:
        return f"{change.reason}: waits for a decision, the last accepted count carries"
    if change.change is Change.ABSENT:
        return "not in the answer: the last accepted count carries"
    if change.change is Change.DEPARTED:
        return "said to have departed: nothing is billed from here on"
    if change.reason == "rejected":
        return "rejected: the last accepted count carries"
    if status == UNMAPPED:
        what = "organization" if standing.organization is None else "contract service"
        return f"mapped to no {what}: nobody is billed for it"
    return "ignored on purpose" if standing.is_ignored else ""


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _text(units: Micro | None) -> str:
    return "nothing" if units is None else format_micro(units)
