"""A bundle in which every column of every file says something other than nothing."""

from __future__ import annotations

import csv
from pathlib import Path

Rows = list[dict[str, str]]

_PLACE = {"postal_code": "60611", "city": "Chicago", "region": "Illinois", "country": "US"}
_ELECTRONIC = {"electronic_address": "0847976000005", "electronic_scheme": "0088"}
_ON = {"contract": "acme-1", "service": "care-desk"}
_COUNTED = {"module": "rmm", "id": "7", "billing_type": "devices"}

EVERYTHING: dict[str, Rows] = {
    "provider": [
        {
            "key": "northgate",
            "name": "Northgate IT",
            "currency": "USD",
            "timezone": "America/Chicago",
            "legal_name": "Northgate IT Inc.",
            "address": "500 Lake Street\nFloor 3",
            "tax_number": "US-1",
            "email": "billing@northgate.example",
            "payment_terms": "Payable within 21 days.",
            **_PLACE,
            "phone": "'+1 312 555 0100",
            **_ELECTRONIC,
            "account_holder": "Northgate Holding",
            "iban": "DE89370400440532013000",
            "bic": "COBADEFFXXX",
            "bank_name": "First Bank",
            "payment_days": "21",
            "language": "de",
            "tax_day": "supply",
        }
    ],
    "timezones": [{"from": "2026-06-01", "timezone": "America/New_York"}],
    "tax_rates": [
        {"key": "sales", "name": "Sales tax", "percent": "8.25", "category": "S"},
        {"key": "quebec", "name": "Quebec", "category": "S"},
        {"key": "reverse", "name": "Reverse", "category": "AE", "reason": "Reverse charge"},
    ],
    "tax_percentages": [
        {"tax": "quebec", "from": "2013-01-01", "part": "1", "name": "GST", "percent": "5"},
        {
            "tax": "quebec",
            "region": "CA-QC",
            "from": "2026-01-01",
            "part": "1",
            "name": "GST",
            "percent": "5",
        },
        {
            "tax": "quebec",
            "region": "CA-QC",
            "from": "2026-01-01",
            "part": "2",
            "name": "QST",
            "percent": "9.975",
            "compound": "yes",
        },
    ],
    "organizations": [
        {"key": "head", "name": "Head Office"},
        {
            "key": "acme",
            "name": "Acme Ltd",
            "type": "partner",
            "currency": "EUR",
            "tax": "quebec",
            "tax_exempt": "yes",
            "tax_region": "CA-QC",
            "bill_to": "head",
            "parent": "head",
            "domain": "acme.example",
            "address": "1 Foundry Road",
            "tax_number": "CA-7",
            "email": "accounts@acme.example",
            **_PLACE,
            "language": "fr",
            "payment_days": "45",
            "buyer_reference": "'=cost centre",
            "purchase_order": "PO-7",
            **_ELECTRONIC,
        },
    ],
    "tax_exemptions": [
        {
            "organization": "acme",
            "tax": "quebec",
            "from": "2026-01-01",
            "until": "2026-12-31",
            "reason": "Charity",
            "certificate": "C-7",
        }
    ],
    "services": [
        {"key": "care", "name": "Care", "price": "10", "cost": "4.5", "tax": "sales"},
        {"key": "agents", "name": "Agents", "price": "3", "active": "no"},
    ],
    "contracts": [
        {
            "key": "acme-1",
            "name": "Care of Acme",
            "organization": "acme",
            "starts_on": "2026-01-15",
            "ends_on": "2027-01-14",
            "period": "quarterly",
            "anchor": "anniversary",
            "billing": "in_advance",
            "currency": "EUR",
            "minimum_amount": "100",
        }
    ],
    "contract_services": [
        {
            "contract": "acme-1",
            "key": "care-desk",
            "service": "care",
            "price": "9",
            "units": "12",
            "unit_changes": "adjust_at_period_end",
            "pricing": "package",
            "package_size": "5",
            "included": "1",
            "minimum": "2",
            "discount": "7.5",
            "minimum_amount": "20",
        },
        {
            "contract": "acme-1",
            "service": "agents",
            "tiers": "10:5 *:4",
            "pricing": "graduated",
        },
        {"contract": "acme-1", "key": "agents-more", "service": "agents", "price": "2"},
    ],
    "contract_prices": [
        {**_ON, "from": "2026-04-15", "price": "8.5"},
        {
            "contract": "acme-1",
            "service": "agents",
            "from": "2026-04-15",
            "price": "3",
            "tiers": "20:5 *:4",
        },
    ],
    "contract_units": [{**_ON, "from": "2026-04-15", "units": "14"}],
    "contract_unit_changes": [{**_ON, "from": "2026-04-15", "unit_changes": "prorate_daily"}],
    "modules": [
        {
            "key": "rmm",
            "name": "Monitoring",
            "module": "own_rmm",
            "gap_days": "4",
            "fall_percent": "60",
            "fall_units": "21",
            "rise_percent": "110",
            "rise_units": "51",
        }
    ],
    "billing_types": [
        {"module": "rmm", "key": "servers", "name": "Servers"},
        {"module": "rmm", "key": "extras", "name": "Extras", "known": "no"},
        {
            "module": "rmm",
            "key": "devices",
            "name": "Devices",
            "unit": "device",
            "value": "decimal",
            "shape": "gauge_lookback",
            "merge": "max",
            "absent_is_zero": "yes",
            "overlaps": "servers",
            "known": "yes",
            "retired_on": "2026-12-31",
        },
    ],
    "module_organizations": [
        {"module": "rmm", "id": "1", "name": "Head"},
        {
            "module": "rmm",
            "id": "7",
            "name": "Acme of the vendor",
            "parent": "1",
            "domain": "acme.example",
            "created_on": "2025-12-01",
        },
    ],
    "count_days": [
        {
            "module": "rmm",
            "from": "2026-01-18",
            "to": "2026-01-19",
            "state": "failed",
            "reason": "no answer",
        }
    ],
    "counts": [
        {
            **_COUNTED,
            "day": "2026-01-15",
            "to": "2026-01-17",
            "count": "5",
            "state": "counted",
        },
        {
            **_COUNTED,
            "day": "2026-01-20",
            "count": "0",
            "state": "absent",
            "kept": "5",
        },
        {**_COUNTED, "id": "1", "day": "2026-01-15", "to": "2026-01-17", "count": "9"},
        {**_COUNTED, "id": "1", "day": "2026-01-20", "count": "9", "state": "counted"},
    ],
    "count_decisions": [
        {
            **_COUNTED,
            "from": "2026-01-18",
            "until": "2026-01-20",
            "decision": "carry",
            "reason": "known outage",
        }
    ],
    "organization_mappings": [
        {
            "module": "rmm",
            "id": "7",
            "organization": "acme",
            "from": "2026-01-15",
            "until": "2026-11-30",
            "reason": "one client",
        },
        {"module": "rmm", "id": "1", "ignore": "yes"},
    ],
    "service_mappings": [
        {
            "contract": "acme-1",
            "module": "rmm",
            "billing_type": "servers",
            "ignore": "yes",
        },
        {
            "contract": "acme-1",
            "module": "rmm",
            "billing_type": "devices",
            "service": "agents",
            "unit_changes": "adjust_at_period_end",
            "from": "2026-01-15",
            "until": "2026-11-30",
            "reason": "counted",
        },
        {
            "contract": "acme-1",
            "module": "rmm",
            "billing_type": "devices",
            "service": "agents-more",
            "from": "2026-01-15",
            "also": "yes",
        },
    ],
    "mapping_templates": [
        {
            "template": "Standard care",
            "module": "rmm",
            "billing_type": "devices",
            "service": "agents",
            "unit_changes": "prorate_daily",
        },
        {"template": "Standard care", "module": "rmm", "billing_type": "servers"},
    ],
    "document_choices": [
        {"organization": "head", "send_on_issue": "no"},
        {"organization": "acme", "electronic_format": "factur-x", "send_on_issue": "yes"},
    ],
    "recipients": [
        {
            "organization": "acme",
            "address": "pat@acme.example",
            "name": "Pat",
            "place": "cc",
            "invoices": "yes",
            "credit_notes": "no",
            "statements": "no",
            "reminders": "no",
            "language": "nl",
        },
        {"organization": "acme", "address": "lee@acme.example", "invoices": "no"},
    ],
    "accounts": [
        {"code": "4100", "name": "Care", "kind": "revenue"},
        {"code": "2300", "name": "Tax of Quebec", "kind": "tax"},
        {"code": "1300", "name": "Old", "kind": "receivable", "active": "no"},
    ],
    "account_rules": [
        {"kind": "service", "subject": "care", "account": "4100"},
        {"kind": "tax_code", "subject": "quebec", "account": "2300"},
        {"kind": "revenue", "account": "4100"},
    ],
}
"""The rows of each file; a column that a row does not name is empty there."""


def write_everything(folder: Path, *, but: str = "") -> None:
    """Write all files into a folder, without the one of that name."""
    for name, rows in EVERYTHING.items():
        if name != but:
            write_rows(folder / f"{name}.csv", rows)


def write_rows(path: Path, rows: Rows) -> None:
    """Write one file; its header has every column that a row names."""
    header = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
