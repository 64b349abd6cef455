"""Which documents come of which items, and in which order their lines stand."""

from __future__ import annotations

from datetime import date
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st
from tests.invoicing.items import posted
from tests.support.taxes import plain

from icb.invoicing.consolidate import consolidate, documents_to_issue
from icb.invoicing.document_data import totals_of


def amounts(*values: int) -> list[tuple[str, list[int]]]:
    found = consolidate([posted(number, value) for number, value in enumerate(values, start=1)])
    return [(one.kind, [item.amount for item in one.items]) for one in found]


def test_charges_and_credits_are_judged_on_their_net() -> None:
    assert amounts(100, -40, 0) == [("invoice", [100, -40, 0])]
    assert amounts(100, -100) == [("invoice", [100, -100])]
    assert amounts(78, -104, 0) == [("invoice", [78, 0]), ("credit_note", [-104])]
    assert amounts(-5, 0) == [("credit_note", [-5])]
    assert amounts(0, 0) == []
    assert amounts() == []


def test_lines_stand_by_period_contract_service_kind_and_date() -> None:
    may, june = date(2026, 5, 1), date(2026, 6, 1)
    expected = [
        posted(9, 1, period_start=may, contract_id=7),
        posted(8, 1, period_start=june, contract_id=2, contract_service_id=4),
        posted(7, 1, period_start=june, contract_id=2, contract_service_id=5),
        posted(6, 1, period_start=june, contract_id=2, contract_service_id=5, kind="adjustment"),
        posted(5, 1, period_start=june, contract_id=2, contract_service_id=5, kind="correction"),
        posted(4, 1, period_start=june, contract_id=2, contract_service_id=5, kind="discount"),
        posted(
            3,
            1,
            contract_id=2,
            contract_service_id=5,
            kind="discount",
            effective_on=date(2026, 6, 9),
        ),
        posted(10, 1, contract_id=2, contract_service_id=None, kind="minimum"),
        posted(2, 1, contract_id=2, contract_service_id=None, kind="manual"),
        posted(11, 1, contract_id=2, contract_service_id=None, kind="manual"),
        posted(1, 1, period_start=june, contract_id=3, contract_service_id=1),
    ]
    for shuffled in (expected[::-1], expected[4:] + expected[:4]):
        (invoice,) = consolidate(shuffled)
        assert list(invoice.items) == expected


def test_documents_come_by_organization_and_currency() -> None:
    items = [
        posted(1, 5, bill_to=2, currency="USD"),
        posted(2, 5, bill_to=1, currency="USD"),
        posted(3, 5, bill_to=2, currency="EUR"),
    ]
    for some in permutations(items):
        found = [(one.items[0].bill_to, one.items[0].currency) for one in documents_to_issue(some)]
        assert found == [(1, "USD"), (2, "EUR"), (2, "USD")]


@given(st.lists(st.integers(-10_000, 10_000), max_size=12))
def test_no_item_is_lost_and_none_comes_twice(values: list[int]) -> None:
    items = [posted(number, value) for number, value in enumerate(values)]
    documents = consolidate(items)
    on_documents = [item.item_id for one in documents for item in one.items]
    assert len(on_documents) == len(set(on_documents))
    left = {item.item_id for item in items} - set(on_documents)
    assert all(items[number].amount == 0 for number in left)
    for one in documents:
        net = sum(item.amount for item in one.items)
        assert net >= 0 if one.kind == "invoice" else net < 0
        assert any(item.amount for item in one.items)


def test_tax_is_computed_per_rate_on_the_sum_of_its_lines() -> None:
    # 240.30 x 21 % = 50.463, 89.95 x 9 % = 8.0955; the line without a rate carries none.
    (invoice,) = consolidate(
        [
            posted(1, 24030, tax=plain(21_000_000)),
            posted(2, 8995, tax=plain(9_000_000)),
            posted(3, 100),
        ]
    )
    totals = totals_of(invoice)
    assert [(tax.key.percent, tax.net, tax.tax) for tax in totals.taxes] == [
        (21_000_000, 24030, 5046),
        (9_000_000, 8995, 810),
    ]
    assert (totals.net, totals.tax, totals.gross) == (33125, 5856, 38981)
