"""The clock runs in UTC, can be stopped, and runs again."""

from datetime import UTC, date, datetime, timedelta, timezone
from threading import Thread

import pytest

from icb.kernel import clock
from icb.kernel.errors import InvalidInput

NEW_YEAR = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)


def test_the_running_clock_is_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_today_depends_on_the_zone() -> None:
    with clock.frozen(NEW_YEAR):
        assert clock.today("UTC") == date(2025, 12, 31)
        assert clock.today("Europe/Warsaw") == date(2026, 1, 1)


def test_a_stopped_clock_gives_back_what_held_before() -> None:
    later = NEW_YEAR + timedelta(days=1)
    with clock.frozen(NEW_YEAR):
        with clock.frozen(later):
            assert clock.now() == later
        assert clock.now() == NEW_YEAR
    assert clock.now() != NEW_YEAR


def test_it_runs_again_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), clock.frozen(NEW_YEAR):
        raise ZeroDivisionError
    assert clock.now() != NEW_YEAR


def test_set_and_release() -> None:
    clock.set_frozen(NEW_YEAR.astimezone(timezone(timedelta(hours=5))))
    try:
        assert clock.now() == NEW_YEAR
        assert clock.now().tzinfo is UTC
    finally:
        clock.set_frozen(None)
    assert clock.now() != NEW_YEAR


def test_other_threads_see_the_stopped_clock() -> None:
    seen: list[datetime] = []
    with clock.frozen(NEW_YEAR):
        thread = Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
    assert seen == [NEW_YEAR]


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no time zone"):
        clock.set_frozen(NEW_YEAR.replace(tzinfo=None))
