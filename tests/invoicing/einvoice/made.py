"""Frozen data of documents made by hand, for the e-invoices of it.

Sums are those of the lines given; VAT is rounded half up per category and rate, with Decimals, so
that nothing here comes from the code under test.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

SELLER = {
    "key": "northwind",
    "name": "Northwind Managed IT GmbH",
    "address": "12 Harbour Street",
    "postal_code": "20457",
    "city": "Hamburg",
    "region": "",
    "country": "DE",
    "tax_number": "DE136695976",
    "email": "billing@northwind.example",
    "phone": "+49 40 1234",
    "electronic_address": "DE136695976",
    "electronic_scheme": "9930",
    "account_holder": "Northwind Managed IT GmbH",
    "iban": "DE02120300000000202051",
    "bic": "BYLADEM1001",
    "bank_name": "Example Bank",
}
BUYER = {
    "key": "acme",
    "name": "Acme Handelsgesellschaft mbH",
    "address": "Hauptstraße 1\nHinterhof\n2. Stock",
    "postal_code": "10115",
    "city": "Berlin",
    "region": "",
    "country": "DE",
    "tax_number": "DE129273398",
    "email": "",
    "electronic_address": "DE129273398",
    "electronic_scheme": "9930",
}


def line(
    amount: str, *, category: str = "S", percent: str | None = "19", **more: Any
) -> dict[str, Any]:
    """A line of an amount; its other values are those of ten units for June at 18.00."""
    values = {
        "item": 1,
        "organization": "acme",
        "organization_name": "",
        "contract": "acme-1",
        "service": "agents",
        "title": "Managed workstation",
        "detail": "1–30 Jun 2026",
        "kind": "recurring",
        "period": ["2026-06-01", "2026-07-01"],
        "effective_on": "2026-06-01",
        "units": "10",
        "unit_days": "300",
        "unit": "",
        "unit_price": "18",
        "days_in_period": 30,
        "tax_category": category,
        "tax_percent": percent,
        "amount": amount,
    }
    return values | more


def document(lines: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """The data of a document with these lines; `seller` and `buyer` change what parties say."""
    currency = more.get("currency", "EUR")
    seller, buyer = more.pop("seller", {}), more.pop("buyer", {})
    reasons = more.pop("reasons", {})
    taxes = _taxes(lines, currency, reasons)
    net = sum((Decimal(one["amount"]) for one in lines), Decimal(0))
    tax = sum((Decimal(group["tax"]) for group in taxes), Decimal(0))
    return {
        "version": 2,
        "kind": "invoice",
        "number": "INV-000041",
        "issued_on": "2026-07-01",
        "due_on": "2026-07-15",
        "currency": currency,
        "is_demo": False,
        "provider": SELLER | seller,
        "organization": BUYER | buyer,
        "buyer_reference": "04011000-12345-34",
        "purchase_order": "",
        "credited": "",
        "credited_on": "",
        "reason": "",
        "payment_terms": "Payable within 14 days without deduction.",
        "lines": [one | {"position": place} for place, one in enumerate(lines, start=1)],
        "net": _text(net, currency),
        "taxes": taxes,
        "tax": _text(tax, currency),
        "total": _text(net + tax, currency),
    } | more


def credit_note(lines: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """The data of a credit note: as `document`, with what a credit of an invoice says."""
    words = {
        "kind": "credit_note",
        "number": "CN-000001",
        "credited": "INV-000041",
        "credited_on": "2026-07-01",
        "due_on": "2026-07-01",
        "payment_terms": "",
        "reason": "Switched off on 1 June",
    }
    return document(lines, **(words | more))


def _taxes(
    lines: Sequence[dict[str, Any]], currency: str, reasons: dict[str, str]
) -> list[dict[str, Any]]:
    bases: dict[tuple[str, str | None], Decimal] = {}
    for one in lines:
        group = one["tax_category"], one["tax_percent"]
        bases[group] = bases.get(group, Decimal(0)) + Decimal(one["amount"])
    cent = Decimal(1) if currency == "JPY" else Decimal("0.01")
    return [
        {
            "name": f"VAT {percent}",
            "category": category,
            "reason": reasons.get(category, ""),
            "percent": percent,
            "net": _text(base, currency),
            "tax": _text(
                (base * Decimal(percent or 0) / 100).quantize(cent, ROUND_HALF_UP), currency
            ),
            "part": 1,
            "codes": [f"vat-{percent}"],
        }
        for (category, percent), base in bases.items()
    ]


def _text(amount: Decimal, currency: str) -> str:
    return f"{amount:.0f}" if currency == "JPY" else f"{amount:.2f}"
