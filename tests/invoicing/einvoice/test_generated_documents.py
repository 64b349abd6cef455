"""Whatever is issued on the real road is a valid e-invoice, if the parties say who they are."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some
from tests.invoicing.einvoice.made import BUYER, SELLER
from tests.invoicing.items import posted

from icb.invoicing.consolidate import PostedItem, consolidate
from icb.invoicing.credit import Left, LineLeft, credit
from icb.invoicing.document_data import (
    Data,
    Heading,
    Names,
    Receiver,
    Sender,
    data_of_credit,
    data_of_items,
    group_in,
    tax_in,
    totals_of,
    totals_with,
)
from icb.invoicing.einvoice.examining import FORMATS, examine
from icb.kernel.money import to_minor
from icb.kernel.quantity import MICRO
from icb.rating.tax import LineTax, TaxPart

_CENTS = 2
TAXES = [
    LineTax("vat-19", "S", (TaxPart("VAT", 19 * MICRO),)),
    LineTax("vat-19-hosting", "S", (TaxPart("VAT of hosting", 19 * MICRO),)),
    LineTax("vat-7", "S", (TaxPart("VAT", 7 * MICRO),)),
    LineTax("vat-5.5", "S", (TaxPart("VAT", 5 * MICRO + MICRO // 2),)),
    LineTax("zero", "Z", (TaxPart("VAT", 0),)),
    LineTax("exempt", "E", (TaxPart("VAT", 0),), "§ 4 Nr. 11 UStG"),
]
NAMES = Names({1: ("acme", "Acme")}, {})
TEXTS = some.text(max_size=30)


@some.composite
def items(draw: some.DrawFn, currency: str) -> PostedItem:
    """An item as rating makes it: the amount follows from its factors, or is any other."""
    units = draw(some.integers(-40, 400)) * draw(some.sampled_from([MICRO, MICRO // 4]))
    price = draw(some.integers(0, 90_000_000))
    period = draw(some.sampled_from([(1, 6, 1, 7), (1, 5, 1, 6), (15, 6, 15, 7), (1, 1, 1, 4)]))
    first, last = date(2026, period[1], period[0]), date(2026, period[3], period[2])
    days = (last - first).days
    unit_days = draw(some.sampled_from([units * days, units * (days - 9), 0]))
    minor = 1 if currency == "JPY" else 100
    product = (unit_days or units * days) * price * minor // (MICRO * MICRO * days)
    return posted(
        0,
        draw(some.sampled_from([product, product + 7])),
        currency=currency,
        period_start=first,
        period_end=last,
        effective_on=draw(some.sampled_from([first, date(2026, period[1], period[0] + 3)])),
        units=units,
        unit_days=unit_days,
        unit_price=draw(some.sampled_from([price, None])),
        days_in_period=days,
        kind=draw(some.sampled_from(["recurring", "correction", "discount", "manual"])),
        tax=draw(some.sampled_from(TAXES)),
        service_name=draw(TEXTS),
        reason=draw(TEXTS),
    )


def heading(kind: str, currency: str, **more: Any) -> Heading:
    return Heading(
        kind=kind,
        number="INV-000041",
        issued_on=date(2026, 7, 1),
        due_on=date(2026, 7, 15),
        currency=currency,
        provider=Sender(**SELLER),
        organization=Receiver(**BUYER),
        payment_terms="Payable within 14 days.",
        is_demo=False,
        buyer_reference="04011000-12345-34",
        **more,
    )


def check(data: Data) -> None:
    for format in FORMATS:
        examined = examine(data, format=format)
        fatal = [problem for problem in examined.problems if problem.is_fatal]
        assert fatal == [], data


def whole_credit(invoice: Data) -> Data:
    """A credit note for all of an invoice."""
    currency = invoice["currency"]
    lines = [
        LineLeft(line["position"], tax_in(line), to_minor(line["amount"], currency))
        for line in invoice["lines"]
    ]
    taxes = {group_in(tax): to_minor(tax["tax"], currency) for tax in invoice["taxes"]}
    taken = credit(Left(invoice["number"], currency, lines, taxes))
    return data_of_credit(
        heading(
            "credit_note",
            currency,
            credited=invoice["number"],
            credited_on=date(2026, 7, 1),
            reason="all of it",
        ),
        credit=taken,
        invoice_lines=invoice["lines"],
        totals=totals_with(taken.taxes, net=sum(line.amount for line in taken.lines)),
    )


@settings(max_examples=40, deadline=None)
@given(
    some.sampled_from(["EUR", "USD", "JPY"]).flatmap(
        lambda currency: some.lists(items(currency), min_size=1, max_size=6)
    )
)
def test_what_is_issued_and_credited_is_valid(found: list[PostedItem]) -> None:
    numbered = [item._replace(item_id=place) for place, item in enumerate(found, start=1)]
    for document in consolidate(numbered):
        totals = totals_of(document)
        data = data_of_items(
            heading(document.kind, document.items[0].currency),
            document=document,
            totals=totals,
            names=NAMES,
        )
        check(data)
        if document.kind == "invoice" and totals.net > 0 and totals.gross > 0:
            check(whole_credit(data))
