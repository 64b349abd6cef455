"""An invoice that nobody gets, to look at a design with. Pure."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from icb.invoicing.consolidate import INVOICE, ItemsOfDocument, PostedItem
from icb.invoicing.design import Design
from icb.invoicing.document_annexes import changes_between
from icb.invoicing.document_data import (
    Data,
    Driver,
    Heading,
    Names,
    Receiver,
    Sender,
    data_of_items,
    totals_of,
)
from icb.kernel.currency import minor_digits
from icb.kernel.quantity import MICRO
from icb.kernel.rounding import round_ratio
from icb.rating.tax import STANDARD, LineTax, TaxPart

SAMPLE_NUMBER = "INV-000042"
_DAYS = 30
_TAX = LineTax("vat", STANDARD, (TaxPart("", 20 * MICRO),))
_START, _END = date(2026, 6, 1), date(2026, 7, 1)
_SITES = {1: ("sample", "Sample Company"), 2: ("branch", "Sample Company, North")}
_MODULES = {"edr": "Endpoint protection", "backup": "Backup", "rmm": "Remote monitoring"}
# Service, its module, price of a unit, units, unit-days beyond a whole month of them.
_SERVICES = (
    ("Endpoint detection and response", "edr", 4, 38, 12),
    ("Managed workstation", "rmm", 58, 24, 0),
    ("Backup of servers, per GB", "backup", 1, 640, 85),
    ("Managed server", "rmm", 120, 3, 0),
    ("Network monitoring", "rmm", 18, 11, -20),
    ("Help desk, by hour", "", 85, 7, 0),
)


def sample_document(sender: Sender, *, currency: str, language: str, design: Design) -> Data:
    """The frozen data of a sample invoice of this sender, drawn by this design."""
    items = [_item(number, currency) for number in range(2 * len(_SERVICES))]
    document = ItemsOfDocument(INVOICE, items)
    heading = Heading(
        kind=INVOICE,
        number=SAMPLE_NUMBER,
        issued_on=_END,
        due_on=date(2026, 7, 15),
        currency=currency,
        provider=sender,
        organization=Receiver(
            "sample",
            "Sample Company",
            address="1 Sample Street",
            postal_code="10001",
            city="Sampletown",
            country=sender.country,
            country_name=sender.country_name,
        ),
        payment_terms="",
        is_demo=False,
        language=language,
        purchase_order="PO-7731",
        design=design,
    )
    driving = {item.item_id: _SERVICES[item.item_id % len(_SERVICES)][1] for item in items}
    drivers = {item: Driver(key, _MODULES[key]) for item, key in driving.items() if key}
    data = data_of_items(
        heading, document=document, totals=totals_of(document), names=Names(_SITES, drivers)
    )
    return data | {"changes": _changes(data)}


def _changes(data: Data) -> Data:
    """The month before had a service less, and fewer units of another one."""
    last: list[dict[str, Any]] = [dict(line) for line in data["lines"][:-1]]
    last[0] |= {"units": "30", "amount": last[1]["amount"]}
    return changes_between(
        data["lines"], last_number="INV-000037", last_lines=last, currency=data["currency"]
    )


def _item(number: int, currency: str) -> PostedItem:
    name, _module, price, units, more_days = _SERVICES[number % len(_SERVICES)]
    site = 1 + number // len(_SERVICES)
    unit_days = units * _DAYS + more_days
    amount = round_ratio(price * unit_days * 10 ** minor_digits(currency), _DAYS)
    return PostedItem(
        item_id=number,
        bill_to=1,
        currency=currency,
        period_start=_START,
        period_end=_END,
        contract_id=site,
        contract_service_id=number,
        kind="recurring",
        effective_on=_START,
        amount=amount,
        tax=_TAX,
        units=units * MICRO,
        unit_days=unit_days * MICRO,
        unit_price=price * MICRO,
        days_in_period=_DAYS,
        estimated_days=0,
        organization_id=site,
        contract=f"CONTRACT-{site}",
        contract_name="",
        service=f"service-{number}",
        service_name=name,
        reason="",
        working=json.dumps({"runs": _runs(units)}),
        attempt=1,
    )


def _runs(units: int) -> list[list[object]]:
    half = date(2026, 6, 16)
    return [
        [_START.isoformat(), half.isoformat(), units * MICRO, 0],
        [half.isoformat(), _END.isoformat(), (units + 1) * MICRO, 0],
    ]
