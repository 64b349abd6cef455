"""Days are calendar dates in the provider's time zone; ranges of them are half-open.

See rules, section 2.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icb.kernel.errors import InvalidInput

ONE_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


class DayRange(NamedTuple):
    """The days from `start` up to, and without, `end`."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days the range has."""
        return (self.end - self.start).days

    def contains(self, day: date) -> bool:
        """Whether `day` is one of the days."""
        return self.start <= day < self.end

    def intersect(self, other: "DayRange") -> "DayRange | None":
        """The days that are in both, None where there are none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return DayRange(start, end) if start < end else None


def subtract(whole: DayRange, holes: Iterable[DayRange]) -> list[DayRange]:
    """The parts of `whole` that no hole covers, in order. Holes may overlap, in any order."""
    parts = []
    start = whole.start
    for hole in sorted(holes):
        if hole.end <= start or hole.start >= hole.end:
            continue
        gap_end = min(hole.start, whole.end)
        if gap_end > start:
            parts.append(DayRange(start, gap_end))
        start = hole.end
    if start < whole.end:
        parts.append(DayRange(start, whole.end))
    return parts


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """The time zone of this IANA name; InvalidInput where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(
            field="timezone",
            value=name,
            message=f"timezone: {name} is not a known time zone. Nothing was stored. "
            "Give an IANA name such as Europe/Warsaw.",
        ) from error


def local_day(instant: datetime, zone: str) -> date:
    """The calendar date at `instant` (aware) in the zone of that name."""
    return _aware(instant).astimezone(zone_named(zone)).date()


@dataclass(frozen=True)
class ProviderDays:
    """The days of a provider whose time zone may have changed on a date.

    `zones` holds (from, zone name), ascending; the first entry has None and is in force from
    ever. A change takes effect at local midnight of its `from` in the new zone. Before that
    instant no day later than the day before is given, so no date comes twice or is left out.
    """

    zones: tuple[tuple[date | None, str], ...]
    _starts: tuple[tuple[datetime, date, ZoneInfo], ...] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if not self.zones or self.zones[0][0] is not None:
            raise self._invalid("the first time zone must be in force from ever (no date)")
        starts = []
        for from_day, name in self.zones[1:]:
            if from_day is None:
                raise self._invalid("every time zone after the first needs its first day")
            zone = zone_named(name)
            midnight = datetime.combine(from_day, time(), zone).astimezone(UTC)
            starts.append((midnight, from_day, zone))
        zone_named(self.zones[0][1])
        object.__setattr__(self, "_starts", tuple(starts))
        self._check_no_day_is_lost()

    def day_of(self, instant: datetime) -> date:
        """The provider's date at `instant` (aware)."""
        day = _aware(instant).astimezone(zone_named(self.zones[0][1])).date()
        for midnight, from_day, zone in self._starts:
            if instant < midnight:
                return min(day, from_day - ONE_DAY)
            day = max(instant.astimezone(zone).date(), from_day)
        return day

    def zone_on(self, day: date) -> str:
        """The name of the zone whose calendar decides `day`."""
        return [name for from_day, name in self.zones if from_day is None or from_day <= day][-1]

    def local(self, instant: datetime) -> datetime:
        """`instant` (aware) as the clock of the provider's zone of that day shows it."""
        return _aware(instant).astimezone(zone_named(self.zone_on(self.day_of(instant))))

    def at(self, day: date, clock_time: time) -> datetime:
        """The instant, in UTC, at which it is `clock_time` on `day` in the zone of that day.

        A day that a change of zone cuts short ends before the time may come; then it is the
        day's last instant. The instant always lies on `day`.
        """
        zone, day_end = zone_named(self.zones[0][1]), None
        for midnight, from_day, later_zone in self._starts:
            if from_day > day:
                day_end = midnight
                break
            zone = later_zone
        instant = datetime.combine(day, clock_time, zone).astimezone(UTC)
        return instant if day_end is None else min(instant, day_end - _INSTANT)

    def noon_after(self, day: date) -> datetime:
        """12:00 local time of the day after `day`: until then a missing count is awaited."""
        return self.at(day + ONE_DAY, time(12))

    def _check_no_day_is_lost(self) -> None:
        instants = [midnight for midnight, _, _ in self._starts]
        for midnight, from_day, _ in self._starts:
            if self.day_of(midnight - _INSTANT) != from_day - ONE_DAY:
                raise self._invalid(f"the change on {from_day} would leave out the day before it")
        if instants != sorted(set(instants)):
            raise self._invalid(
                "the changes must be in order of their dates, and lie further apart"
            )

    def _invalid(self, problem: str) -> InvalidInput:
        return InvalidInput(
            field="timezone",
            value=self.zones,
            message=f"timezone: {problem}. Nothing was stored. Correct the dates.",
        )


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise InvalidInput(
            field="instant",
            value=instant,
            message=f"instant: {instant} has no time zone. Nothing was stored. Give one with it.",
        )
    return instant
