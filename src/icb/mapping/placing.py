"""Where a new mapping finds its place among those that exist (rules, sections 6 and 8). Pure.

A later start closes what stood before on the day before it; an equal or earlier one is refused.
What was ignored is taken back from today on, or from the day that is asked for, also in the past.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.errors import InvalidInput, Refused
from icb.mapping.units import FAR

EVER = date.min


@dataclass(slots=True)
class Slot:
    """One mapping: its target on its days. No target: ignored. No start: from the default on."""

    id: int
    target: int | None
    starts_on: date | None
    ends_on: date | None
    is_also: bool = False
    reason: str = ""
    is_new: bool = False
    is_changed: bool = False
    is_removed: bool = False

    def days(self, *, default: date = EVER) -> DayRange:
        """Its days, half-open; without a start of its own from `default` on."""
        return DayRange(
            self.starts_on or default, FAR if self.ends_on is None else self.ends_on + ONE_DAY
        )

    def end(self, last: date | None) -> None:
        """Give it another last day."""
        self.ends_on, self.is_changed = last, True

    def remove(self) -> None:
        """Let it never have been: of a mapping that would have no day left."""
        self.is_removed = True


@dataclass(frozen=True, slots=True)
class Wording:
    """How messages name targets and the default start, and another way out if there is one."""

    targets: dict[int | None, str]
    default: str
    way_out: str = ""

    def told(self, slot: Slot) -> str:
        """A mapping in words: where to, and on which days."""
        start = f"from {slot.starts_on}" if slot.starts_on else f"from {self.default}"
        end = "" if slot.ends_on is None else f" to {slot.ends_on}"
        return f"{self.targets[slot.target]} {start}{end}"


class Situation(NamedTuple):
    """What a placement depends on: the day a missing start stands for, and today."""

    default: date
    today: date
    wording: Wording


def check_order(from_day: date | None, *, until: date | None) -> None:
    """Refuse a last day before the first."""
    if from_day is not None and until is not None and until < from_day:
        raise InvalidInput(
            field="until",
            value=until,
            message=f"until {until}: it lies before the first day, {from_day}. Nothing was "
            "stored. Give the same day or a later one.",
        )


def check_ignored(is_ignored: bool, *, field: str, target: str) -> None:
    """Refuse to map and ignore at once."""
    if is_ignored and target:
        raise InvalidInput(
            field=field,
            value=target,
            message=f"{field} {target}: it is to be ignored as well. Nothing was stored. Give "
            f"either {field} or ignore.",
        )


def place(new: Slot, *, among: list[Slot], situation: Situation) -> date | None:
    """Put a mapping among the existing ones, which it may close; the first day that changes.

    None where everything is as asked already. Raises Refused (`already_mapped`), naming both.
    """
    _take_back(new, among=among, today=situation.today)
    met = [slot for slot in _live(among) if slot.days().intersect(new.days())]
    if new.is_also:
        met = [slot for slot in met if slot.target in (new.target, None)]
    for slot in met:
        if slot.target == new.target and _start(slot, situation) <= _start(new, situation):
            if slot.ends_on == new.ends_on:
                return None
            if _start(slot, situation) == _start(new, situation) and len(met) == 1:
                return _end_elsewhere(slot, new.ends_on)
    for slot in met:
        _make_room(slot, new=new, situation=situation)
    among.append(new)
    return _start(new, situation)


def cut(among: Iterable[Slot], *, from_day: date) -> list[Slot]:
    """End every mapping that is in force on a day the day before; those that were ended."""
    ended = [slot for slot in _live(among) if slot.days().contains(from_day)]
    for slot in ended:
        if slot.starts_on is not None and slot.starts_on >= from_day:
            slot.remove()
        else:
            slot.end(from_day - ONE_DAY)
    return ended


def cut_from(among: Iterable[Slot], *, from_day: date) -> list[Slot]:
    """End everything that stands on a day or on a later one the day before; what was ended."""
    ended = [slot for slot in _live(among) if slot.days().end > from_day]
    for slot in ended:
        if slot.starts_on is not None and slot.starts_on >= from_day:
            slot.remove()
        else:
            slot.end(from_day - ONE_DAY)
    return ended


def _live(among: Iterable[Slot]) -> list[Slot]:
    return [slot for slot in among if not slot.is_removed]


def _start(slot: Slot, situation: Situation) -> date:
    return slot.starts_on or situation.default


def _take_back(new: Slot, *, among: list[Slot], today: date) -> None:
    """What was ignored is mapped again from today, or from the day after it was ignored."""
    if new.starts_on is not None or new.target is None:
        return
    ignored = [slot for slot in _live(among) if slot.target is None]
    starts = [
        today if slot.ends_on is None or slot.ends_on >= today else slot.ends_on + ONE_DAY
        for slot in ignored
        if slot.days().intersect(new.days())
    ]
    if starts:
        new.starts_on = max(starts)
        check_order(new.starts_on, until=new.ends_on)


def _end_elsewhere(slot: Slot, last: date | None) -> date:
    first = min(slot.ends_on or FAR, last or FAR) + ONE_DAY
    slot.end(last)
    return first


def _make_room(slot: Slot, *, new: Slot, situation: Situation) -> None:
    start = _start(new, situation)
    if _start(slot, situation) < start:
        slot.end(start - ONE_DAY)
    elif slot.target is None and new.target is not None and _is_within(slot, new):
        slot.remove()
    else:
        raise _already_mapped(slot, new, situation)


def _already_mapped(slot: Slot, new: Slot, situation: Situation) -> Refused:
    wording, start = situation.wording, _start(slot, situation)
    later = "a `from`" if start == EVER else f"a `from` after {start}"
    earlier = "" if start == EVER else ", an `until` before that day"
    return Refused(
        "already_mapped",
        f"it is mapped to {wording.told(slot)} already, so it cannot be mapped to "
        f"{wording.told(new)}. Nothing was stored. Give {later} to move it from then on{earlier}, "
        f"{wording.way_out}or unmap it first.",
    )


def _is_within(slot: Slot, new: Slot) -> bool:
    """Whether nothing would be left of the ignored days after the new mapping's end."""
    return new.ends_on is None or (slot.ends_on is not None and slot.ends_on <= new.ends_on)
