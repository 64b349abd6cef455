"""The golden documents: made by the rules from items that stand here, and kept with their hash.

After a wanted change, `python -m tests.invoicing.golden` (with src on the path) writes them anew
and puts the PDF files to look at into the folder named.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.invoicing.items import posted
from tests.support.taxes import plain

from icb.foundation.canonical import canonical_json
from icb.invoicing.consolidate import PostedItem, consolidate
from icb.invoicing.credit import Left, LineLeft, credit
from icb.invoicing.document_annexes import changes_between
from icb.invoicing.document_data import (
    Data,
    Driver,
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
from icb.invoicing.rendering import render
from icb.invoicing.system_templates import SYSTEM_TEMPLATES
from icb.kernel.currency import minor_digits
from icb.kernel.money import format_minor, to_minor
from icb.kernel.quantity import MICRO
from icb.kernel.rounding import round_ratio

GOLDEN = Path(__file__).parents[1] / "golden" / "documents"

_PROVIDER = Sender(
    key="northwind",
    name="Northwind Managed IT GmbH",
    address="12 Harbour Street",
    postal_code="20457",
    city="Hamburg",
    country="DE",
    country_name="Germany",
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
    country_name="Germany",
    tax_number="DE987654321",
)
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"><circle cx="20" cy="20" r="18" '
    'fill="#7a2048"/><path d="M46 6h68v10H46zM46 24h40v10H46z" fill="#16202b"/></svg>'
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
        "invoice-detailed-de": detailed_invoice(),
        "invoice-compact-fr": _invoice(
            "INV-000045",
            _items(14, "EUR"),
            design=SYSTEM_TEMPLATES["compact"].design,
            language="fr",
        ),
        "statement-nl": _statement(),
    }


def detailed_invoice(lines: int = 50) -> Data:
    """An invoice in German with a logo and texts of one's own, grouped by site, with annexes."""
    design = replace(
        SYSTEM_TEMPLATES["detailed"].design,
        logo=sha256(LOGO.encode("utf-8")).hexdigest(),
        accent="#7a2048",
        grouping="site",
        texts={
            "heading": {"de": "Leistungen nach Rahmenvertrag 7"},
            "intro": {"de": "Vielen Dank für Ihren Auftrag. Wir berechnen wie vereinbart:"},
            "footer": {"de": "Northwind Managed IT GmbH · Amtsgericht Hamburg HRB 12345"},
        },
    )
    items = [item._replace(working=_runs(item)) for item in _items(lines, "EUR")]
    invoice = _invoice("INV-000044", items, design=design, language="de")
    before = _invoice("INV-000040", _items(lines - 3, "EUR"), language="de")
    changed = [
        line | {"amount": "1.00"} if number % 7 == 0 else line
        for number, line in enumerate(before["lines"])
    ]
    return invoice | {
        "changes": changes_between(
            invoice["lines"], last_number="INV-000040", last_lines=changed, currency="EUR"
        )
    }


def _runs(item: PostedItem) -> str:
    """The working of an item whose units changed on the eleventh day."""
    first, changed, end = item.period_start, item.period_start.replace(day=11), item.period_end
    parts = [(first, changed, 0), (changed, end, item.item_id % 5)]
    runs = [[start.isoformat(), to.isoformat(), MICRO * (8 + more), 0] for start, to, more in parts]
    return json.dumps({"runs": runs})


def _statement() -> Data:
    """A statement of account, as payments make its data."""
    invoice = _invoice("INV-000041", _items(6, "EUR"), language="nl")
    entries = []
    balance = 10_000
    for number in range(1, 61):
        is_payment = number % 3 == 0
        amount = -25_050 if is_payment else 12_525
        balance += amount
        entries.append(
            {
                "on": f"2026-{1 + number // 12:02}-{1 + number % 28:02}",
                "kind": "payment" if is_payment else "invoice",
                "number": "" if is_payment else f"INV-{number:06}",
                "due_on": "" if is_payment else f"2026-{2 + number // 12:02}-{1 + number % 28:02}",
                "text": "Bankoverschrijving" if is_payment else "",
                "amount": format_minor(amount, "EUR"),
                "balance": format_minor(balance, "EUR"),
            }
        )
    shared = ("currency", "decimals", "language", "provider", "organization", "design")
    return {name: invoice[name] for name in shared} | {
        "version": 2,
        "template": "statement/1",
        "kind": "statement",
        "number": "",
        "as_of": "2026-07-01",
        "from": "2026-01-01",
        "opening": "100.00",
        "entries": entries,
        "closing": format_minor(balance, "EUR"),
        "aging": [
            {"label_key": key, "amount": amount}
            for key, amount in (
                ("not_due", "50.00"),
                ("1_30", "25.00"),
                ("31_60", "25.00"),
                ("61_90", "0.00"),
                ("over_90", "0.00"),
            )
        ],
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
        tax=None if currency == "JPY" else plain((19 if number % 5 else 7) * MICRO),
        **changes,
    )


def _heading(kind: str, number: str, *, currency: str) -> Heading:
    return Heading(
        kind=kind,
        number=number,
        issued_on=date(2026, 7, 1),
        due_on=date(2026, 7, 15 if kind == "invoice" else 1),
        currency=currency,
        provider=_PROVIDER,
        organization=_CLIENT,
        payment_terms="Payable within 14 days without deduction.",
        is_demo=False,
        buyer_reference="Kostenstelle 4711",
    )


def _invoice(number: str, items: list[PostedItem], **said: Any) -> Data:
    (document,) = consolidate(items)
    heading = _heading("invoice", number, currency=items[0].currency)._replace(**said)
    return data_of_items(
        heading, document=document, totals=totals_of(document), names=Names(_NAMES, _drivers(items))
    )


def _credit_note(invoice: Data) -> Data:
    currency = invoice["currency"]
    left = Left(
        invoice["number"],
        currency,
        [
            LineLeft(
                line["position"],
                tax_in(line),
                to_minor(line["amount"], currency),
            )
            for line in invoice["lines"]
        ],
        {group_in(tax): to_minor(tax["tax"], currency) for tax in invoice["taxes"]},
    )
    made = credit(left, positions=[2, 6])
    heading = _heading("credit_note", "CN-000001", currency=currency)._replace(
        credited=invoice["number"],
        credited_on=date(2026, 7, 1),
        reason="Both were switched off on 1 June",
    )
    totals = totals_with(made.taxes, net=made.net)
    return data_of_credit(heading, credit=made, invoice_lines=invoice["lines"], totals=totals)


def _drivers(items: list[PostedItem]) -> dict[int, Driver]:
    named = {0: Driver("sentinel", "Sentinel EDR"), 1: Driver("vault", "Vault backup", "GB")}
    return {item.item_id: named[item.item_id % 3] for item in items if item.item_id % 3 in named}


def logo_of(data: Data) -> str:
    """The logo of a golden document; blank where it has none."""
    return LOGO if data["design"]["logo"] else ""


def write(folder: Path) -> None:
    """Write data and hashes beside the tests, and the files to look at into `folder`."""
    for name, data in golden_documents().items():
        text = canonical_json(data)
        drawn = render(text, logo=logo_of(data))
        (GOLDEN / f"{name}.json").write_text(text + "\n", "utf-8")
        kept = json.dumps({"renderer": drawn.renderer, "sha256": drawn.sha256}, indent=2)
        (GOLDEN / "hashes" / f"{name}.json").write_text(kept + "\n", "utf-8")
        (folder / f"{name}.pdf").write_bytes(drawn.content)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
