"""Bulk reads and writes: exact, alike on both databases, and inside the provider's scope."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.transaction import atomic
from tests.support import ledger

from icb.billing.models import BillingItem, DraftItem, Posting
from icb.foundation import bulk
from icb.foundation.models import Installation, Provider
from icb.foundation.scope import UnscopedQuery, every_provider
from icb.organizations.models import TaxPercentage, TaxRate

DRAFT_COLUMNS = [
    "id", "contract_id", "contract_service_id", "organization_id", "period_start", "period_end",
    "line", "effective_on", "revision", "kind", "units", "unit_days", "unit_price",
    "days_in_period", "estimated_days", "currency", "amount", "tax_rate_id",
    "billed_on", "working", "reason", "actor", "held", "deferred_until",
]  # fmt: skip


def draft_rows(agreed: ledger.Agreement, count: int) -> list[tuple[Any, ...]]:
    day, end = date(2026, 1, 1), date(2026, 2, 1)
    ids = bulk.reserve_ids(DraftItem, count=count)
    contract, service, organization = (
        agreed.contract.pk,
        agreed.first.pk,
        agreed.organization.pk,
    )
    working = '{"days":31,"rule":"prorate daily"}'
    return [
        (
            number, contract, service, organization, day, end, "recurring", day, revision,
            "recurring", 7_000_000, 217_000_000, 5_000_000, 31, 0, "USD", 350_000, None, end,
            working, "", "", "", None,
        )
        for revision, number in enumerate(ids, start=1)
    ]  # fmt: skip


def test_rows_go_in_exactly_and_come_out_alike(provider: Provider) -> None:
    agreed = ledger.agreement()
    assert bulk.insert_rows(DraftItem, columns=DRAFT_COLUMNS, rows=draft_rows(agreed, 3)) == 3
    stored = DraftItem.objects.get(revision=2)
    assert (stored.units, stored.amount) == (Decimal(7), Decimal(35))
    assert stored.provider_id == provider.pk
    rows = bulk.fetch(
        'SELECT units, period_start, min(effective_on) AS "first [date]", deferred_until '
        "FROM draft_item WHERE revision <= %s GROUP BY units, period_start, deferred_until",
        [3],
    )
    assert rows == [(7_000_000, date(2026, 1, 1), date(2026, 1, 1), None)]
    assert bulk.fetch("SELECT is_also FROM service_mapping WHERE id = %s", [0]) == []


def test_booleans_come_out_alike(provider: Provider) -> None:
    ledger.module()
    assert bulk.fetch("SELECT is_complete, absent_is_zero FROM snapshot, billing_type") == [
        (True, False)
    ]


def test_the_provider_comes_from_the_scope_alone(provider: Provider) -> None:
    rows = [("a", "A", "S", 99)]
    with pytest.raises(ValueError, match="provider_id"):
        bulk.insert_rows(TaxRate, columns=["key", "name", "category", "provider_id"], rows=rows)
    with every_provider(), pytest.raises(UnscopedQuery):
        bulk.insert_rows(TaxRate, columns=["key", "name", "category"], rows=[("a", "A", "S")])


def test_a_row_without_a_provider_goes_in_as_it_is(provider: Provider) -> None:
    rows = [(False, "2026-01-01 00:00:00+00:00")]
    bulk.insert_rows(Installation, columns=["is_demo", "created_at"], rows=rows)
    assert Installation.objects.get().is_demo is False


def test_reserved_ids_are_nobody_elses(provider: Provider) -> None:
    first = list(bulk.reserve_ids(TaxRate, count=5))
    made = TaxRate.objects.create(key="a", name="A")
    second = list(bulk.reserve_ids(TaxRate, count=2))
    assert list(bulk.reserve_ids(TaxRate, count=0)) == []
    assert len({*first, made.pk, *second}) == 8
    assert [*first, made.pk, *second] == sorted([*first, made.pk, *second])


def test_any_number_of_ids_can_be_asked_for(provider: Provider) -> None:
    made = TaxRate.objects.create(key="a", name="A")
    condition, params = bulk.ids_in("id", ids=[made.pk, *range(1_000_000, 1_050_000)])
    assert bulk.fetch(f"SELECT key FROM tax_rate WHERE {condition}", params) == [("a",)]
    condition, params = bulk.ids_in("id", ids=[])
    assert bulk.fetch(f"SELECT key FROM tax_rate WHERE {condition}", params) == []


def test_numbers_are_scaled_and_never_rounded() -> None:
    assert bulk.to_db_micro("2.5") == 2_500_000
    assert bulk.to_db_micro(Decimal("-0.000001")) == -1
    assert bulk.to_db_amount(Decimal("12.3400")) == 123_400
    with pytest.raises(ValueError, match="decimals"):
        bulk.to_db_amount("0.00001")


def test_many_updates_and_what_they_touched(provider: Provider) -> None:
    rate = TaxRate.objects.create(key="a", name="A")
    made = [
        TaxPercentage.objects.create(tax_rate=rate, from_day=ledger.DAY, part=part, percent=1)
        for part in (1, 2)
    ]
    sql = "UPDATE tax_percentage SET percent = %s WHERE id = %s"
    bulk.execute_many(sql, [(5_000_000, one.pk) for one in made])
    bulk.execute_many(sql, [])
    assert {one.percent for one in TaxPercentage.objects.all()} == {Decimal(5)}
    assert bulk.execute("DELETE FROM tax_percentage WHERE percent = %s", [5_000_000]) == 2


def test_a_key_that_points_nowhere_is_found_while_the_block_computes(provider: Provider) -> None:
    """On PostgreSQL by the end of the block, on SQLite at the commit as ever; nothing is stored."""
    with pytest.raises(IntegrityError), atomic():
        _add_percentage(10_000_000)
        with bulk.keys_checked_meanwhile():
            pass
        assert connection.vendor == "sqlite"
        connection.check_constraints()
    assert not TaxPercentage.objects.exists()


def test_keys_are_checked_late_again_after_the_block(provider: Provider) -> None:
    with bulk.keys_checked_meanwhile():
        pass
    rate = bulk.reserve_ids(TaxRate, count=1)[0]
    _add_percentage(rate)
    TaxRate.objects.create(pk=rate, key="a", name="A")
    connection.check_constraints()
    assert TaxPercentage.objects.get().tax_rate.key == "a"


def test_an_error_of_the_block_is_the_one_that_is_told(provider: Provider) -> None:
    with pytest.raises(LookupError), atomic(), bulk.keys_checked_meanwhile():
        raise LookupError


def _add_percentage(rate: int) -> None:
    bulk.insert_rows(
        TaxPercentage,
        columns=("tax_rate_id", "region", "from_day", "part", "name", "percent", "is_compound"),
        rows=[(rate, "", date(2026, 1, 1), 1, "", 5_000_000, False)],
    )


def test_guards_cost_little_on_bulk_writes(provider: Provider) -> None:
    """The ratio to the same writes without guards, because machines differ; the best of five."""
    agreed = ledger.agreement()
    posting = Posting.objects.create(
        posted_at=ledger.AT, posted_on=ledger.DAY, actor="o", item_count=1, with_estimates=True
    )
    rows = draft_rows(agreed, 12_000)
    columns = [*DRAFT_COLUMNS[:-2], "posting_id"]
    items = [(*row[:-2], posting.pk) for row in rows]
    taken: dict[bool, list[float]] = {True: [], False: []}
    for guarded in (True, False) * 5:
        with atomic():
            began = perf_counter()
            if not guarded:
                _drop_insert_guards()
            bulk.insert_rows(DraftItem, columns=DRAFT_COLUMNS, rows=rows)
            bulk.execute("DELETE FROM draft_item")
            bulk.insert_rows(BillingItem, columns=columns, rows=items)
            taken[guarded].append(perf_counter() - began)
            _set_rollback()
    print({guarded: min(times) for guarded, times in taken.items()})
    assert min(taken[True]) < 1.6 * min(taken[False])


def _set_rollback() -> None:
    from django.db.transaction import set_rollback

    set_rollback(True)


def _drop_insert_guards() -> None:
    on = " ON draft_item" if connection.vendor == "postgresql" else ""
    bulk.execute(f"DROP TRIGGER guard_draft_item_follows_posted_insert{on}")
