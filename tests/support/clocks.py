"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from icb.kernel import clock


class StillClock:
    """Holds the program's clock at one instant."""

    def __init__(self, at: datetime) -> None:
        self.set(at)

    @property
    def now(self) -> datetime:
        """The instant at which the clock stands."""
        return clock.now()

    def set(self, at: datetime | str) -> None:
        """Put the clock to an instant; a text is ISO 8601, in UTC where it names no zone."""
        instant = datetime.fromisoformat(at) if isinstance(at, str) else at
        clock.set_frozen(instant if instant.tzinfo else instant.replace(tzinfo=UTC))

    def to_day(self, day: date | str, *, hour: int = 9) -> None:
        """Put the clock to a full hour, in UTC, of a day."""
        chosen = date.fromisoformat(day) if isinstance(day, str) else day
        self.set(datetime.combine(chosen, time(hour), UTC))

    def forward(self, **distance: int) -> None:
        """Move the clock on by days=, hours=, minutes= or seconds=."""
        self.set(self.now + timedelta(**distance))
