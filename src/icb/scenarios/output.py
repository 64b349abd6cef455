"""What came out of a story: the end state of every list, in one form for all readers.

The lists, their fields and their order are described in docs/reference/scenario-format.md.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from icb.billing import queries as billing
from icb.billing.explain import explain_item
from icb.hub import queries as hub
from icb.invoicing import queries as invoicing
from icb.kernel.days import DayRange
from icb.kernel.money import Minor, format_minor
from icb.kernel.quantity import Micro, format_micro
from icb.payments import queries as payments
from icb.scenarios.holds import held_lines
from icb.scenarios.shape import FIELDS

Row = dict[str, Any]
Output = dict[str, list[Row]]

# A quarantined answer that a person turned down stays out of force: the format has one word.
_SHOWN_STATES = {"rejected": "quarantined"}
# A refused answer leaves nothing behind, and a duplicate repeats the revision it repeats.
_NOT_STORED = ("refused", "duplicate")


def collect(refused: Sequence[Row]) -> Output:
    """The end state of the provider in scope, now, and what was refused on the way."""
    found: Mapping[str, Sequence[Row]] = {
        "items": list(_items()),
        "invoices": list(_invoices()),
        "holds": list(_holds()),
        "unbilled": list(_unbilled()),
        "refused": refused,
        "snapshots": list(_snapshots()),
        "balances": list(_balances()),
    }
    return {
        name: [{field: row[field] for field in fields} for row in found[name]]
        for name, fields in FIELDS.items()
    }


def as_json(output: Output) -> str:
    """The output as text: the same bytes for the same story, everywhere."""
    return json.dumps(output, indent=2, ensure_ascii=False) + "\n"


def _items() -> Iterator[Row]:
    numbers = invoicing.numbers_of_items()
    for item in billing.items():
        yield {
            "organization": item.organization,
            "contract": item.contract,
            "service": item.service or None,
            "kind": str(item.kind),
            "period": _period(DayRange(item.period_start, item.period_end)),
            "effective_on": item.effective_on.isoformat(),
            "units": format_micro(item.units),
            "unit_days": format_micro(item.unit_days),
            "days_in_period": item.days_in_period,
            "unit_price": _micro(item.unit_price),
            "amount": format_minor(item.amount, item.currency),
            "currency": item.currency,
            "status": item.status,
            "estimated_days": item.estimated_days,
            "invoice": numbers.get(item.id),
            "billed_on": item.billed_on.isoformat(),
            "explanation": explain_item(item.working, currency=item.currency, reason=item.reason),
        }


def _invoices() -> Iterator[Row]:
    for document in invoicing.document_details():
        row, currency = document.row, document.row.currency
        yield {
            "number": row.number,
            "kind": row.kind,
            "organization": row.organization,
            "currency": currency,
            "issued_on": row.issued_on.isoformat(),
            "lines": [
                {
                    "service": line.service or None,
                    "description": line.description,
                    "amount": format_minor(line.amount, currency),
                }
                for line in document.lines
            ],
            "net": format_minor(row.net, currency),
            "taxes": [
                {
                    "rate": format_micro(tax.rate),
                    "category": tax.category,
                    "name": tax.name,
                    "net": format_minor(tax.net, currency),
                    "tax": format_minor(tax.tax, currency),
                }
                for tax in document.taxes
            ],
            "total": format_minor(row.total, currency),
            "credits_left": _amount(row.credits_left, currency),
        }


def _holds() -> Iterator[Row]:
    for hold, organization, service in held_lines():
        yield {
            "reason": hold.reason,
            "module": hold.connection,
            "id": hold.module_organization or None,
            "organization": organization,
            "service": service,
            "from": hold.from_day.isoformat(),
            "to": hold.to_day.isoformat(),
        }


def _unbilled() -> Iterator[Row]:
    for row in billing.unbilled():
        yield {
            "reason": str(row.reason),
            "module": row.module,
            "id": row.module_organization,
            "billing_type": row.billing_type,
            "from": row.from_day.isoformat(),
            "to": row.to_day.isoformat(),
            "unit_days": format_micro(row.unit_days),
            "amount": _amount(row.amount, row.currency),
        }


def _snapshots() -> Iterator[Row]:
    stored: Counter[tuple[str, date]] = Counter()
    for snapshot in hub.snapshots():
        place = (snapshot.module, snapshot.day)
        stored[place] += snapshot.state not in _NOT_STORED
        revision = snapshot.stamp if snapshot.stamp is not None else stored[place]
        yield {
            "module": snapshot.module,
            "day": snapshot.day.isoformat(),
            "status": _SHOWN_STATES.get(snapshot.state, snapshot.state),
            "revision": None if snapshot.state == "refused" else revision,
            "rows": snapshot.rows,
        }


def _balances() -> Iterator[Row]:
    for balance in payments.balances():
        yield {
            "organization": balance.organization,
            "currency": balance.currency,
            "balance": format_minor(balance.balance, balance.currency),
        }


def _period(period: DayRange) -> Row:
    return {"start": period.start.isoformat(), "end": period.end.isoformat()}


def _micro(value: Micro | None) -> str | None:
    return None if value is None else format_micro(value)


def _amount(value: Minor | None, currency: str) -> str | None:
    return None if value is None else format_minor(value, currency)
