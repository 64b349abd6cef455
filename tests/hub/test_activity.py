"""The activity log: a row per key and day, rows for syncs that went wrong, and its pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.hub.books import june
from tests.hub.stored import connect, say, stand_at

from icb.foundation.models import Provider
from icb.hub.actions import record_failed_sync
from icb.hub.queries import ActivityFilter, ActivityRow, activity
from icb.kernel.days import DayRange


@pytest.fixture(autouse=True)
def story(provider: Provider, clock: object) -> Iterator[None]:
    stand_at(june(5), hour=13)
    connect()
    say(1, {"7": {"devices": 10}, "8": {"devices": 5, "users": 60}})
    say(2, {"7": {"devices": 12}, "8": {"devices": 4, "users": 60}})
    record_failed_sync("rmm", days=DayRange(june(3), june(4)), reason="no connection")
    say(4, {"8": {"devices": 4, "users": 10}})
    yield


def shown(row: ActivityRow) -> tuple[int, str, str, str, str, str]:
    place = f"{row.module_organization} {row.billing_type}".strip()
    return (row.day.day, place, row.before, row.after, row.change, row.status)


EVERYTHING = [
    (5, "", "", "", "", "waiting"),
    (4, "7 devices", "12", "12", "0", "absent"),
    (4, "8 devices", "4", "4", "0", "unchanged"),
    (4, "8 users", "60", "60", "0", "held"),
    (3, "", "", "", "", "failed"),
    (2, "7 devices", "10", "12", "+2", "increased"),
    (2, "8 devices", "5", "4", "-1", "decreased"),
    (2, "8 users", "60", "60", "0", "unchanged"),
    (1, "7 devices", "", "10", "+10", "new"),
    (1, "8 devices", "", "5", "+5", "new"),
    (1, "8 users", "", "60", "+60", "new"),
]


def test_every_key_and_every_sync_that_went_wrong_has_a_row() -> None:
    page = activity()
    assert [shown(row) for row in page.rows] == EVERYTHING
    assert page.next is None


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7])
def test_pages_join_to_the_whole(limit: int) -> None:
    found, position = [], None
    for _ in range(20):
        page = activity(after=position, limit=limit)
        assert len(page.rows) <= limit
        found += [shown(row) for row in page.rows]
        position = page.next
        if position is None:
            break
    assert found == EVERYTHING


def test_only_trouble_of_some_days() -> None:
    wanted = ActivityFilter(only_trouble=True, first=june(1), last=june(4), module="rmm")
    assert [shown(row) for row in activity(wanted).rows] == [
        EVERYTHING[1],
        EVERYTHING[3],
        EVERYTHING[4],
    ]
    assert "fall" in activity(wanted).rows[1].message
    assert activity(wanted).rows[2].message == "no connection"
