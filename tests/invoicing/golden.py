"""The golden documents: made by the rules from items that stand here, and kept with their hash.

After a wanted change, `python -m tests.invoicing.golden` (with src on the path) writes them anew
and puts the PDF files to look at into the folder named.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from tests.invoicing.items import posted

from icb.foundation.canonical import canonical_json
from icb.invoicing.consolidate import PostedItem, consolidate
from icb.invoicing.credit import Left, LineLeft, credit
from icb.invoicing.document_data import (
    Data,
    Heading,
    Names,
    Receiver,
    Sender,
    Totals,
    data_of_credit,
    data_of_items,
    totals_of,
)
from icb.invoicing.rendering import render
from icb.kernel.currency import minor_digits
from icb.kernel.money import to_minor
from icb.kernel.quantity import MICRO, to_micro
from icb.kernel.rounding import round_ratio

GOLDEN = Path(__file__).parents[1] / "golden" / "documents"

_PROVIDER = Sender(
    key="northwind",
    name="Northwind Managed IT GmbH",
    address="12 Harbour Street",
    postal_code="20457",
    city="Hamburg",
    country="DE",
    tax_number="DE123456789",
    email="billing@northwind.example",
    phone="+49 40 123456",
    account_holder="Northwind Managed IT GmbH",
    iban="DE02120300000000202051",
    bic="BYLADEM1001",
    bank_name="Deutsche Kreditbank",
)
_CLIENT = Receiver(
    key="acme",
    name="Acme Handelsgesellschaft mbH",
    address="Hauptstraße 1",
    postal_code="10115",
    city="Berlin",
    country="DE",
    tax_number="DE987654321",
)
_NAMES = {1: ("acme", "Acme"), 2: ("north", "Acme Branch North")}
_SERVICES = (
    ("Managed workstation", 12),
    ("Endpoint detection and response", 4),
    ("Backup of servers, per GB", 2),
    ("Network monitoring (firewalls, switches, access points)", 18),
)


def golden_documents() -> dict[str, Data]:
    """The data of each golden document, by name."""
    invoice = _invoice("INV-000041", _items(6, "EUR"))
    return {
        "invoice-eur": invoice,
        "invoice-many-pages": _invoice("INV-000042", _items(120, "EUR")),
        "invoice-jpy-demo": _invoice("INV-000043", _items(8, "JPY"), is_demo=True),
        "credit-note": _credit_note(invoice),
    }


def _items(count: int, currency: str) -> list[PostedItem]:
    return [_item(number, currency) for number in range(1, count + 1)]


def _item(number: int, currency: str) -> PostedItem:
    name, price = _SERVICES[number % len(_SERVICES)]
    price *= MICRO if currency == "EUR" else 150 * MICRO
    units = (7 + number % 13) * MICRO
    changes: dict[str, Any] = {"units": units, "unit_days": units * 30 + number % 3 * 7 * MICRO}
    if number % 11 == 5:
        changes = {
            "kind": "correction",
            "units": 0,
            "unit_days": -12 * MICRO,
            "period_start": date(2026, 5, 1),
            "period_end": date(2026, 6, 1),
            "effective_on": date(2026, 5, 1),
            "days_in_period": 31,
        }
    days = changes.get("days_in_period", 30)
    amount = changes["unit_days"] * price * 10 ** minor_digits(currency)
    return posted(
        number,
        round_ratio(amount, MICRO * MICRO * days),
        currency=currency,
        unit_price=price,
        service_name=name,
        contract_id=1 + number // 9,
        contract_service_id=number,
        organization_id=2 if 9 <= number < 18 else 1,
        estimated_days=2 if number % 17 == 6 else 0,
        tax_percent=None if currency == "JPY" else (19 if number % 5 else 7) * MICRO,
        **changes,
    )


def _heading(kind: str, number: str, *, currency: str, is_demo: bool = False) -> Heading:
    return Heading(
        kind=kind,
        number=number,
        issued_on=date(2026, 7, 1),
        due_on=date(2026, 7, 15 if kind == "invoice" else 1),
        currency=currency,
        provider=_PROVIDER,
        organization=_CLIENT,
        payment_terms="Payable within 14 days without deduction.",
        is_demo=is_demo,
    )


def _invoice(number: str, items: list[PostedItem], *, is_demo: bool = False) -> Data:
    (document,) = consolidate(items)
    heading = _heading("invoice", number, currency=items[0].currency, is_demo=is_demo)
    return data_of_items(
        heading, document=document, totals=totals_of(document), names=Names(_NAMES, {})
    )


def _credit_note(invoice: Data) -> Data:
    currency = invoice["currency"]
    left = Left(
        invoice["number"],
        currency,
        [
            LineLeft(
                line["position"],
                to_micro(line["tax_percent"], field="tax_percent"),
                to_minor(line["amount"], currency),
            )
            for line in invoice["lines"]
        ],
        {
            to_micro(tax["percent"], field="percent"): to_minor(tax["tax"], currency)
            for tax in invoice["taxes"]
        },
    )
    made = credit(left, positions=[2, 6])
    heading = _heading("credit_note", "CN-000001", currency=currency)._replace(
        credited=invoice["number"], reason="Both were switched off on 1 June"
    )
    totals = Totals(sum(line.amount for line in made.lines), made.taxes)
    return data_of_credit(heading, credit=made, invoice_lines=invoice["lines"], totals=totals)


def write(folder: Path) -> None:
    """Write data and hashes beside the tests, and the files to look at into `folder`."""
    for name, data in golden_documents().items():
        text = canonical_json(data)
        drawn = render(text)
        (GOLDEN / f"{name}.json").write_text(text + "\n", "utf-8")
        kept = json.dumps({"renderer": drawn.renderer, "sha256": drawn.sha256}, indent=2)
        (GOLDEN / "hashes" / f"{name}.json").write_text(kept + "\n", "utf-8")
        (folder / f"{name}.pdf").write_bytes(drawn.content)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
