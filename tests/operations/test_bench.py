"""The benchmark measures what it says: stages, their writing, and a yardstick that is fair."""

from __future__ import annotations

import pytest
from django.db import connection
from tests.support.databases import POSTGRESQL, Template, chosen

from icb.foundation.bulk import fetch
from icb.foundation.models import Provider
from icb.operations.bench import run, yardstick
from icb.operations.bench.measure import Stage
from icb.operations.bench.meter import Meter
from icb.operations.bench.report import COLUMNS, conclusions, stage_rows
from icb.operations.bench.run import Measured, measure
from icb.organizations.actions import add_organizations
from icb.organizations.inputs import NewOrganization

WRITING_STAGES = {"take snapshots", "bill", "post", "invoice"}


def add_two_organizations() -> None:
    add_organizations([NewOrganization(key=key, name=key) for key in ("alder", "birch")])


@pytest.mark.timeout(120)
def test_every_stage_is_measured_on_a_database_of_its_own(
    monkeypatch: pytest.MonkeyPatch, template: Template
) -> None:
    monkeypatch.setitem(run.SIZES, "S", 2)
    url = template.copy() if chosen() == POSTGRESQL else ""
    try:
        (measured,) = measure(["S"], database_url=url)
    finally:
        if url:
            template.drop(url)
    stages = {stage.name: stage for stage in measured.stages}
    assert set(stages) == WRITING_STAGES | {"loading alone", "rating alone"}
    assert stages["take snapshots"].rows == 2 * 27 * 31
    assert stages["bill"].rows == stages["post"].rows == stages["rating alone"].rows == 2 * 27
    assert stages["invoice"].rows == 2
    # 54 items, as many on the list of items to invoice, the posting and its event.
    assert stages["post"].written == 54 + 54 + 2
    for name in WRITING_STAGES:
        assert 0 < stages[name].writing < stages[name].seconds
        assert stages[name].yardstick > 0 and stages[name].bare > 0
    assert all(len(row) == len(COLUMNS) for row in stage_rows(measured))


def test_the_meter_sees_statements_copies_and_commits(committed_provider: Provider) -> None:
    meter = Meter()
    with meter.watching():
        add_two_organizations()
    seen = meter.queries, meter.commits, meter.writing
    assert seen[0] > 2 and seen[1] == 1 and seen[2] > 0
    fetch("SELECT 1")
    add_more = NewOrganization(key="cedar", name="cedar")
    add_organizations([add_more])
    assert (meter.queries, meter.commits, meter.writing) == seen


def test_reading_is_not_counted_as_writing(committed_provider: Provider) -> None:
    meter = Meter()
    with meter.watching():
        fetch("SELECT COUNT(*) FROM organization")
    assert (meter.queries, meter.commits, meter.writing) == (1, 0, 0.0)


def test_the_yardstick_writes_the_same_rows_again(
    committed_provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = yardstick.newest_ids()
    add_two_organizations()
    tables = set(connection.introspection.table_names())
    copies = copies_made(monkeypatch)
    found = yardstick.measure_again(before=before, commits=2)
    assert found.rows == 3  # two organizations and the event of adding them
    assert copies == {"organization": 2, "audit_event": 1}
    assert set(connection.introspection.table_names()) == tables


def copies_made(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many rows the yardstick last wrote to each table, counted in the table itself."""
    counts: dict[str, int] = {}
    write = yardstick._write

    def counted(table: str, rows: list[tuple[object, ...]]) -> None:
        write(table, rows)
        counts[table] = fetch(f'SELECT COUNT(*) FROM "yardstick_{table}"')[0][0]

    monkeypatch.setattr(yardstick, "_write", counted)
    return counts


@pytest.mark.parametrize("table", ["billing_item", "document", "document_line", "usage_count"])
def test_the_yardstick_keeps_the_schema_and_leaves_out_the_guards(
    provider: Provider, table: str
) -> None:
    with yardstick._copy_of(table, bare=False):
        with connection.cursor() as cursor:
            description = connection.introspection.get_table_description
            own = [column.name for column in description(cursor, table)]
            copied = [column.name for column in description(cursor, f"yardstick_{table}")]
        assert copied == own
        assert keys_of(f"yardstick_{table}") == keys_of(table)
        assert triggers_of(table) > 0 and triggers_of(f"yardstick_{table}") == 0


def keys_of(table: str) -> list[tuple[object, ...]]:
    """What the table's constraints and indexes are over, without their names."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table).values()
    return sorted(
        (
            str(sorted(one["columns"] or [])),
            one["primary_key"],
            one["unique"],
            str(one["foreign_key"]),
            one["check"],
            one["index"],
        )
        for one in found
    )


def triggers_of(table: str) -> int:
    if connection.vendor == "postgresql":
        sql = "SELECT COUNT(*) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = %s::regclass"
    else:
        sql = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    count: int = fetch(sql, [table])[0][0]
    return count


def test_the_conclusions_name_the_stage_that_missed_its_goal() -> None:
    rated = Stage("rating alone", 54, 0.001, 80)
    slow = Stage("post", 54, 6.4, 80, writing=6.0, written=110, yardstick=1.0, bare=0.5)
    quick = Stage("invoice", 2, 8.0, 80, writing=2.0, written=58, yardstick=1.0, bare=0.5)
    lines = conclusions([Measured("S", 2, 1, [rated, slow, quick])])
    assert (
        "S, month 1: writing, in yardsticks: post 6.0, invoice 2.0; at most 5: post missed it."
        in lines
    )
    assert any("invoice as a whole takes 8.0 times the yardstick: 75%" in line for line in lines)
