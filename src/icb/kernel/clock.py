"""The only place that asks what time it is. Tests and scenarios stand still here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from icb.kernel.days import local_day
from icb.kernel.errors import InvalidInput

# One for the whole process, not per thread or task: a scenario that runs in one thread must also
# be seen by the workers it starts.
_frozen_at: list[datetime] = []


def now() -> datetime:
    """The present instant, aware, in UTC; the frozen one while the clock stands still."""
    return _frozen_at[-1] if _frozen_at else datetime.now(UTC)


def today(zone: str) -> date:
    """The present calendar date in the zone of that name."""
    return local_day(now(), zone)


def set_frozen(at: datetime | None) -> None:
    """Stop the clock at `at` (aware); None lets it run again."""
    _frozen_at[:] = [] if at is None else [_in_utc(at)]


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Stop the clock at `at` (aware) inside the block; what held before holds after it."""
    before = list(_frozen_at)
    set_frozen(at)
    try:
        yield
    finally:
        _frozen_at[:] = before


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise InvalidInput(
            field="at",
            value=at,
            message=f"at: {at} has no time zone. The clock was not changed. Give one with it.",
        )
    return at.astimezone(UTC)
