"""Which tax documents take: by region and day, by exemption, or refused where nobody said it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.invoicing.factory import Books

from icb.billing.models import ItemToInvoice
from icb.foundation.models import Provider
from icb.foundation.providers import change_provider
from icb.invoicing import actions
from icb.invoicing.item_taxes import ItemTaxes
from icb.invoicing.models import Document, DocumentLine, DocumentTax
from icb.invoicing.queries import data_of, document_details
from icb.invoicing.verify import document_problems
from icb.invoicing.waiting_queries import Payer, documents_to_be, issue_plan, missing_taxes
from icb.kernel import clock
from icb.kernel.errors import Refused
from icb.organizations.inputs import (
    NewTaxExemption,
    NewTaxPart,
    NewTaxPercentage,
    NewTaxRate,
)
from icb.organizations.models import TaxRate, TaxUse
from icb.organizations.tax_actions import (
    add_tax_exemptions,
    add_tax_rates,
    remove_tax_percentage,
    set_tax_percentages,
)
from icb.organizations.tax_book import Missing, TaxBook

JULY = date(2026, 7, 1)


@pytest.fixture
def books(provider: Provider) -> Iterator[Books]:
    with clock.frozen(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        yield Books()


def tax(key: str, percent: str | None = None, **how: Any) -> TaxRate:
    add_tax_rates([NewTaxRate(key, percent, **how)])
    found: TaxRate = TaxRate.objects.get(key=key)
    return found


def comes_to(key: str, percent: str, **how: Any) -> None:
    set_tax_percentages([NewTaxPercentage(key, [NewTaxPart(percent)], **how)])


def taxes(number: str) -> list[tuple[str, str, str, str]]:
    return [
        (one["category"], one["percent"], one["net"], one["tax"])
        for one in data_of(number)["taxes"]
    ]


def test_the_day_of_issue_decides(books: Books) -> None:
    vat = tax("vat", "19")
    comes_to("vat", "21", from_day=JULY)
    comes_to("vat", "25", from_day=date(2026, 7, 2))
    books.organization("acme")
    books.item("acme", "100.00", tax_rate=vat)
    actions.issue_documents()
    assert taxes("INV-000001") == [("S", "21", "100.00", "21.00")]


def test_the_last_day_of_supply_decides_where_the_provider_says_so(books: Books) -> None:
    vat = tax("vat", "19")
    comes_to("vat", "21", from_day=JULY)
    change_provider({"tax_day": "supply"})
    books.organization("acme")
    books.item("acme", "100.00", tax_rate=vat)
    books.item("acme", "10.00", tax_rate=vat, kind="manual", effective_on=JULY)
    earlier = {"effective_on": date(2026, 6, 30), "period_end": date(2026, 8, 1)}
    books.item("acme", "1.00", tax_rate=vat, kind="manual", **earlier)
    actions.issue_documents()
    assert taxes("INV-000001") == [("S", "21", "10.00", "2.10"), ("S", "19", "101.00", "19.19")]
    assert TaxUse.objects.get().last_day == JULY


def test_the_region_of_the_organization_decides_and_none_is_the_usual(books: Books) -> None:
    vat = tax("vat", "20")
    comes_to("vat", "19", region="DE")
    for key, region in (("acme", "DE"), ("birch", "FR"), ("cedar", "")):
        books.organization(key, tax_region=region)
        books.item(key, "100.00", tax_rate=vat)
    actions.issue_documents()
    assert [taxes(f"INV-00000{number}")[0][1] for number in (1, 2, 3)] == ["19", "20", "20"]
    uses = TaxUse.objects.order_by("region").values_list("region", "found_in", "last_day")
    assert list(uses) == [("", "", JULY), ("DE", "DE", JULY), ("FR", "", JULY)]


def test_a_missing_percentage_refuses_and_is_told_before(books: Books) -> None:
    vat = tax("vat")
    comes_to("vat", "19", region="DE", from_day=date(2026, 7, 2))
    books.organization("acme", tax_region="DE")
    books.organization("birch")
    books.item("acme", "100.00", tax_rate=vat)
    books.item("birch", "50.00")
    acme, birch = Payer("acme", "USD"), Payer("birch", "USD")
    said = "The tax vat has no percentage in the region DE on 2026-07-01, but items of acme need it"
    assert [said in one for one in missing_taxes().told()] == [True]
    plan = issue_plan([acme, birch])
    assert [document.organization for document in plan.documents] == ["birch"]
    assert said in plan.tax_problems[0]
    for act in (
        actions.issue_documents,
        lambda: actions.issue_chosen([acme, birch], seen=plan.seen),
        lambda: documents_to_be(acme, number="?"),
    ):
        with pytest.raises(Refused, match="region DE on 2026-07-01") as refused:
            act()
        assert refused.value.code == "tax_percentage_missing"
    assert ItemToInvoice.objects.count() == 2
    assert not Document.objects.exists()
    # The others can go on, and nothing of acme is lost.
    alone = issue_plan([birch])
    assert not alone.tax_problems
    assert len(actions.issue_chosen([birch], seen=alone.seen)) == 1
    comes_to("vat", "18", region="DE", from_day=date(2026, 6, 1))
    assert actions.issue_documents()[0].tax == 1800


def test_an_exemption_takes_the_place_of_the_tax_on_its_days(books: Books) -> None:
    vat = tax("vat", "20")
    books.organization("acme")
    books.organization("birch", tax_rate=tax("reverse", category="AE", reason="Reverse charge"))
    add_tax_exemptions(
        [
            NewTaxExemption("acme", "Resale", starts_on=JULY, certificate="C-77", tax="vat"),
            NewTaxExemption("birch", "Abroad", starts_on=JULY, ends_on=JULY),
        ]
    )
    for key in ("acme", "birch"):
        books.item(key, "100.00", tax_rate=vat)
    actions.issue_documents()
    first, second = (data_of(number)["taxes"][0] for number in ("INV-000001", "INV-000002"))
    assert (first["category"], first["tax"], first["reason"]) == ("E", "0.00", "Resale C-77")
    assert first["codes"] == []
    assert (second["category"], second["reason"]) == ("AE", "Reverse charge")
    assert second["codes"] == ["reverse"]
    line = DocumentLine.objects.get(document__number="INV-000002")
    assert (line.tax_code, line.tax_category, line.tax_percent, line.tax) == ("reverse", "AE", 0, 0)


def test_lines_have_their_share_and_add_up_to_the_cent(books: Books) -> None:
    # 0.33 at 20 % is 0.066: alone 0.07 each and 0.21 together, of 0.99 it is 0.198, so 0.20.
    vat = tax("vat", "20")
    books.organization("acme")
    for _ in range(3):
        books.item("acme", "0.33", tax_rate=vat)
    actions.issue_documents()
    assert [line["tax"] for line in data_of("INV-000001")["lines"]] == ["0.07", "0.07", "0.06"]
    assert sum(DocumentLine.objects.values_list("tax", flat=True)) == Decimal("0.20")
    assert DocumentTax.objects.get().tax == Document.objects.get().tax == Decimal("0.20")
    made = [
        actions.credit_document("INV-000001", lines=[position], reason="wrong").tax
        for position in (3, 1, 2)
    ]
    assert made == [-7, -7, -6]
    assert sum(DocumentLine.objects.values_list("tax", flat=True)) == 0
    assert not document_problems()


def test_a_compound_tax_goes_on_documents_and_back(books: Books) -> None:
    quebec = tax("qc")
    parts = [NewTaxPart("5", "GST"), NewTaxPart("9.5", "PST", is_compound=True)]
    set_tax_percentages([NewTaxPercentage("qc", parts)])
    books.organization("acme")
    books.item("acme", "100.10", tax_rate=quebec)
    books.item("acme", "50.05", tax_rate=quebec)
    actions.issue_documents()
    # 5 % of 150.15 is 7.5075; 9.5 % of 157.66 is 14.9777.
    rows = DocumentTax.objects.order_by("part").values_list("name", "net", "tax")
    assert list(rows) == [
        ("GST", Decimal("150.15"), Decimal("7.51")),
        ("PST", Decimal("157.66"), Decimal("14.98")),
    ]
    assert data_of("INV-000001")["lines"][0]["tax_percent"] == "14.5"
    actions.credit_document("INV-000001", net=Decimal(40), reason="goodwill")
    actions.credit_document("INV-000001", lines=[2], reason="wrong")
    actions.credit_document("INV-000001", reason="all of it")
    invoice = next(one for one in document_details() if one.row.number == "INV-000001")
    assert invoice.row.credits_left == 0
    assert sum(DocumentTax.objects.filter(part=2).values_list("tax", flat=True)) == 0
    assert not document_problems()


def test_currencies_are_taxed_apart_by_their_own_smallest_unit(books: Books) -> None:
    vat = tax("vat", "10")
    books.organization("acme")
    books.item("acme", "0.14", tax_rate=vat)
    books.item("acme", "14", tax_rate=vat, currency="JPY")
    actions.issue_documents()
    rows = Document.objects.order_by("pk").values_list("currency", "net", "tax", "total")
    assert list(rows) == [
        ("JPY", 14, 1, 15),
        ("USD", Decimal("0.14"), Decimal("0.01"), Decimal("0.15")),
    ]
    assert DocumentTax.objects.count() == 2
    plan_currencies = [total.currency for total in issue_plan([]).totals]
    assert plan_currencies == []


def test_what_documents_took_stays(books: Books) -> None:
    vat = tax("vat", "19")
    books.organization("acme")
    books.item("acme", "100.00", tax_rate=vat)
    actions.issue_documents()
    frozen = Document.objects.get().data
    for day in (None, date(2026, 6, 1), JULY):
        with pytest.raises(Refused, match="until 2026-07-01"):
            comes_to("vat", "21", from_day=day)
    with pytest.raises(Refused):
        remove_tax_percentage("vat", region="", from_day=date(1, 1, 1))
    comes_to("vat", "21", from_day=date(2026, 7, 2))
    comes_to("vat", "22", from_day=date(2026, 7, 2))
    remove_tax_percentage("vat", region="", from_day=date(2026, 7, 2))
    comes_to("vat", "25", region="DE", from_day=date(2026, 1, 1))
    assert Document.objects.get().data == frozen
    assert json.loads(frozen)["lines"][0]["tax_code"] == "vat"
    actions.credit_document("INV-000001", reason="wrong")
    assert not document_problems()


def test_a_plan_and_the_documents_to_be_have_the_taxes_that_are_issued(books: Books) -> None:
    vat = tax("vat", "19")
    books.organization("acme")
    books.item("acme", "100.00", tax_rate=vat)
    payer = Payer("acme", "USD")
    (planned,) = issue_plan([payer]).documents
    (drawn,) = documents_to_be(payer, number="INV-000001")
    (issued,) = actions.issue_documents()
    assert planned.tax == issued.tax == 1900
    assert json.loads(drawn)["taxes"] == data_of("INV-000001")["taxes"]


def test_of_many_missing_percentages_some_are_named_and_the_rest_counted() -> None:
    taxes_of = ItemTaxes(TaxBook({}, {}, {}), issued_on=JULY, is_by_supply=False)
    taxes_of.missing = {
        (number, "USD"): {Missing("vat", "DE", JULY, f"client-{number}"): None}
        for number in range(7)
    }
    with pytest.raises(Refused, match=r"So it is in 2 more cases\. Nothing was issued") as refused:
        taxes_of.refuse_missing()
    assert refused.value.details["organizations"] == str([f"client-{n}" for n in range(7)])


def test_taxes_of_one_percentage_stand_apart_on_one_document(books: Books) -> None:
    # GST and PST of 5 % each on one line, an exempt and a reverse-charged line of 0 %.
    both = tax("both")
    parts = [NewTaxPart("5", name="GST"), NewTaxPart("5", name="PST")]
    set_tax_percentages([NewTaxPercentage("both", parts)])
    books.organization("acme")
    books.item("acme", "100.00", tax_rate=both)
    books.item("acme", "10.00", tax_rate=tax("exempt", category="E", reason="Exempt"))
    books.item("acme", "20.00", tax_rate=tax("reverse", category="AE", reason="Reverse charge"))
    assert [one.tax for one in actions.issue_documents()] == [1000]
    rows = DocumentTax.objects.order_by("pk").values_list("part", "name", "category", "net", "tax")
    assert sorted(row[:3] + tuple(map(int, row[3:])) for row in rows) == [
        (1, "", "AE", 20, 0),
        (1, "", "E", 10, 0),
        (1, "GST", "S", 100, 5),
        (2, "PST", "S", 100, 5),
    ]
    assert not document_problems()
