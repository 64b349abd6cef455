"""The Activity Log: its filters, its pages, and the index behind each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.transaction import atomic
from tests.hub.books import june
from tests.hub.stored import say, stand_at
from tests.operations.chain import mapped_module

from icb.foundation.bulk import execute, fetch
from icb.foundation.models import Provider
from icb.hub.actions import connect_modules, record_failed_sync
from icb.hub.inputs import NewBillingType, NewConnection
from icb.kernel.days import DayRange
from icb.kernel.errors import InvalidInput, NotFound
from icb.mapping.activity_queries import (
    ActivityRow,
    LogFilter,
    LogPosition,
    activity_log,
    explained,
    whole_log,
)
from icb.operations.daily_chain import follow


@pytest.fixture(autouse=True)
def story(provider: Provider, clock: object) -> Iterator[None]:
    stand_at(june(5), hour=9)
    mapped_module()
    say(1, {"7": {"devices": 10, "users": 60}, "8": {"devices": 5}, "9": {"devices": 1}})
    say(2, {"7": {"devices": 12, "users": 10}, "8": {"devices": 4}, "9": {"devices": 1}})
    record_failed_sync("rmm", days=DayRange(june(3), june(4)), reason="no connection")
    follow()
    yield


def shown(row: ActivityRow) -> tuple[int, str, str, str, str, str, str]:
    place = f"{row.module_organization} {row.billing_type}".strip()
    billed = f"{row.organization} {row.contract} {row.service}".strip()
    return (row.day.day, place, billed, row.before, row.after, row.change, row.status)


EVERYTHING = [
    (3, "", "", "", "", "", "failed"),
    (2, "8 devices", "acme acme-1 agents", "5", "4", "-1", "decreased"),
    (2, "7 users", "acme", "60", "60", "0", "held"),
    (2, "7 devices", "acme acme-1 agents", "10", "12", "+2", "increased"),
    (2, "", "", "", "", "", "synced"),
    (1, "9 devices", "", "", "1", "+1", "unmapped"),
    (1, "8 devices", "acme acme-1 agents", "", "5", "+5", "new"),
    (1, "7 users", "acme", "", "60", "+60", "unmapped"),
    (1, "7 devices", "acme acme-1 agents", "", "10", "+10", "new"),
    (1, "", "", "", "", "", "synced"),
]


def test_the_log_tells_what_changed_and_what_went_wrong_newest_first() -> None:
    page = activity_log()
    assert [shown(row) for row in page.rows] == EVERYTHING
    assert page.next is None
    assert page.rows[0].message == "no connection"


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10])
def test_pages_join_to_the_whole(limit: int) -> None:
    assert [shown(row) for row in whole_log(page=limit)] == EVERYTHING


def test_rows_that_arrive_meanwhile_shift_no_page() -> None:
    first = activity_log(limit=4)
    record_failed_sync("rmm", days=DayRange(june(4), june(5)), reason="again")
    follow()
    rest = activity_log(after=first.next, limit=50)
    assert [shown(row) for row in (*first.rows, *rest.rows)] == EVERYTHING


Shown = tuple[int, str, str, str, str, str, str]
FILTERS: dict[str, tuple[dict[str, Any], Callable[[Shown], bool]]] = {
    "module": ({"module": "rmm"}, lambda row: True),
    "billing type": ({"billing_type": "users"}, lambda row: row[1].endswith("users")),
    "organization": ({"organization": "acme"}, lambda row: row[2].startswith("acme")),
    "contract": ({"contract": "acme-1"}, lambda row: "acme-1" in row[2]),
    "service": ({"service": "agents"}, lambda row: row[2].endswith("agents")),
    "service of contract": (
        {"service": "agents", "contract": "acme-1"},
        lambda row: row[2].endswith("agents"),
    ),
    "status": ({"status": "new"}, lambda row: row[6] == "new"),
    "status held": ({"status": "held"}, lambda row: row[6] == "held"),
    "days": ({"first": june(2), "last": june(2)}, lambda row: row[0] == 2),
    "failed": ({"only_failed": True}, lambda row: row[6] in ("failed", "held")),
    "both": ({"organization": "acme", "only_failed": True}, lambda row: row[6] == "held"),
    "type of module": (
        {"module": "rmm", "billing_type": "devices", "status": "decreased"},
        lambda row: row[6] == "decreased",
    ),
}


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_leaves_what_it_names(name: str) -> None:
    wanted, keeps = FILTERS[name]
    expected = [row for row in EVERYTHING if keeps(row)]
    assert expected
    assert [shown(row) for row in whole_log(LogFilter(**wanted), page=2)] == expected


@pytest.mark.parametrize("field", ["module", "billing_type", "organization", "contract", "service"])
def test_an_unknown_key_is_named(field: str) -> None:
    wanted: dict[str, Any] = {field: "nonsense"}
    with pytest.raises(NotFound, match="nonsense"):
        activity_log(LogFilter(**wanted))


def test_a_type_is_that_of_the_module_that_is_asked_for() -> None:
    connect_modules([NewConnection(key="mdm", billing_types=[NewBillingType(key="devices")])])
    assert len(activity_log(LogFilter(module="rmm", billing_type="devices")).rows) == 5
    assert activity_log(LogFilter(module="mdm", billing_type="devices")).rows == []
    assert "billing_type_id = " in explained(LogFilter(module="rmm", billing_type="devices"))[0]
    with pytest.raises(NotFound, match="users"):
        activity_log(LogFilter(module="mdm", billing_type="users"))


def test_an_unknown_status_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match="quarantined"):
        activity_log(LogFilter(status="broken"))


INDEXES = {
    "": "activity_day",
    "module": "activity_connection",
    "billing type": "activity_type",
    "organization": "activity_organization",
    "service": "activity_service",
    "status": "activity_status",
    "status held": "activity_trouble",
    "days": "activity_day",
    "failed": "activity_trouble",
    "both": "activity_organization",
    "type of module": "activity_type",
}


@pytest.mark.parametrize("after", [None, LogPosition(date(2026, 6, 2), 9)], ids=["first", "deep"])
@pytest.mark.parametrize("name", INDEXES)
def test_each_page_is_read_along_its_index_without_sorting(
    name: str, after: LogPosition | None
) -> None:
    wanted = LogFilter(**FILTERS[name][0]) if name else LogFilter()
    _many_rows()
    plan = _plan(*explained(wanted, after=after))
    if connection.vendor == "postgresql":
        # Its statistics choose the index, and it must be one.
        assert "Index Scan" in plan and "Seq Scan" not in plan, plan
    else:
        assert f"USING INDEX {INDEXES[name]} " in plan and "TEMP B-TREE" not in plan, plan


def _plan(sql: str, params: list[Any]) -> str:
    """How the database reads the page inside the query, innermost part."""
    inner = sql[sql.index("(SELECT * FROM activity") + 1 : sql.index(") a\n")]
    values = params
    if connection.vendor == "postgresql":
        return "\n".join(row[0] for row in fetch(f"EXPLAIN {inner}", values))
    return "\n".join(str(row[3]) for row in fetch(f"EXPLAIN QUERY PLAN {inner}", values))


def _many_rows() -> None:
    """Enough of them that no plan reads them all."""
    execute(
        """
        INSERT INTO activity (provider_id, day, connection_id, module_organization_id,
          billing_type_id, organization_id, contract_service_id, units_before, units_after, status,
          is_trouble, message, snapshot_id, recorded_at)
        SELECT a.provider_id, a.day, a.connection_id, a.module_organization_id, a.billing_type_id,
          a.organization_id, a.contract_service_id, a.units_before, a.units_after, a.status,
          a.is_trouble, a.message, a.snapshot_id, a.recorded_at
        FROM activity a, activity b, activity c, activity d
        """
    )
    if connection.vendor == "postgresql":
        execute("ANALYZE activity")


@pytest.mark.parametrize("sql", ["UPDATE activity SET message = ''", "DELETE FROM activity"])
def test_what_the_log_told_stays(sql: str) -> None:
    with pytest.raises(DatabaseError, match="guard_activity_is_final"), atomic():
        execute(sql)
    assert len(activity_log().rows) == len(EVERYTHING)


def test_the_filter_has_a_field_for_each_column() -> None:
    assert set(asdict(LogFilter())) >= {
        "module",
        "billing_type",
        "organization",
        "contract",
        "service",
        "status",
    }
