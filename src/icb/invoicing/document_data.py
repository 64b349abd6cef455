"""The frozen data of a document: all that a rendering, a transfer or a reader needs of it.

Plain JSON: texts, integers, lists; amounts and quantities as text, dates in ISO form. A document
is rendered from this and nothing else, so a later edit of a name or a price changes nothing in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from icb.invoicing.consolidate import CREDIT_NOTE, ItemsOfDocument, PostedItem
from icb.invoicing.credit import Credit
from icb.invoicing.description import Description, describe
from icb.invoicing.design import Design, settings_of
from icb.invoicing.system_templates import SYSTEM_TEMPLATES, USUAL
from icb.invoicing.wording import wording
from icb.kernel.currency import minor_digits
from icb.kernel.money import Minor, format_minor
from icb.kernel.quantity import Micro, format_micro
from icb.rating.tax import TaxTotal, taxes

DATA_VERSION = 2
TEMPLATE = "document/2"
"""Name and version of the template that this data is made for."""

Data = dict[str, Any]

# What the line of a credit note says as the credited one does.
_REPEATED = (
    "organization",
    "organization_name",
    "contract",
    "service",
    "module",
    "module_name",
    "title",
    "period",
)


class Sender(NamedTuple):
    """Who sends a document, and where it is paid to."""

    key: str
    name: str
    address: str = ""  # its lines above postal code and city
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    tax_number: str = ""
    email: str = ""
    phone: str = ""
    electronic_address: str = ""
    electronic_scheme: str = ""
    account_holder: str = ""
    iban: str = ""
    bic: str = ""
    bank_name: str = ""


class Receiver(NamedTuple):
    """Who receives a document."""

    key: str
    name: str
    address: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    tax_number: str = ""
    email: str = ""
    electronic_address: str = ""
    electronic_scheme: str = ""


class Heading(NamedTuple):
    """What a document says beside its lines."""

    kind: str
    number: str
    issued_on: date
    due_on: date
    currency: str
    provider: Sender
    organization: Receiver
    payment_terms: str
    is_demo: bool
    language: str = "en"
    buyer_reference: str = ""
    purchase_order: str = ""
    credited: str = ""  # the number of the invoice that a credit note credits
    credited_on: date | None = None  # the day on which that was issued
    reason: str = ""
    design: Design = SYSTEM_TEMPLATES[USUAL].design


class Names(NamedTuple):
    """What lines name: organizations (key, name) by id; modules (key, name) by item, where one
    drives it."""

    organizations: Mapping[int, tuple[str, str]]
    modules: Mapping[int, tuple[str, str]]


class Totals(NamedTuple):
    """The sums of a document, in the currency's minor unit."""

    net: Minor
    taxes: Sequence[TaxTotal]

    @property
    def tax(self) -> Minor:
        """The tax of all rates."""
        return sum(total.tax for total in self.taxes)

    @property
    def gross(self) -> Minor:
        """What the document comes to."""
        return self.net + self.tax


def totals_of(document: ItemsOfDocument) -> Totals:
    """Net is the sum of the lines; tax is computed per rate on the sum of its lines."""
    return Totals(
        sum(item.amount for item in document.items),
        taxes((item.tax_percent, item.amount) for item in document.items),
    )


def data_of_items(
    heading: Heading,
    *,
    document: ItemsOfDocument,
    totals: Totals,
    names: Names,
) -> Data:
    """The data of a document made of posted items.

    A line names its organization where that is not the one the document goes to.
    """
    lines = [
        _line_of_item(position, item, names, describe(item, language=heading.language))
        for position, item in enumerate(document.items, start=1)
    ]
    return _data(heading, lines, totals)


def data_of_credit(
    heading: Heading, *, credit: Credit, invoice_lines: Sequence[Data], totals: Totals
) -> Data:
    """The data of a credit note for an invoice, whose own frozen lines it repeats in words."""
    by_position = {line["position"]: line for line in invoice_lines}
    said = wording(heading.language)
    lines = []
    for position, line in enumerate(credit.lines, start=1):
        credited = by_position[line.position]
        lines.append(
            {name: credited[name] for name in _REPEATED}
            | {
                "position": position,
                "detail": said.say(
                    "credit_of_line", line=str(line.position), number=heading.credited
                ),
                "kind": "credit",
                "credited_line": line.position,
                "tax_percent": percent_text(line.tax_percent),
                "amount": format_minor(line.amount, heading.currency),
            }
        )
    return _data(heading, lines, totals)


def percent_text(percent: Micro | None) -> str | None:
    """A tax percentage as text; None where there is no tax."""
    return None if percent is None else _plain(percent)


@lru_cache(maxsize=65536)
def _plain(value: Micro) -> str:
    return format_micro(value)


def _data(heading: Heading, lines: Sequence[Data], totals: Totals) -> Data:
    currency = heading.currency
    return {
        "version": DATA_VERSION,
        "template": TEMPLATE,
        "kind": heading.kind,
        "number": heading.number,
        "issued_on": heading.issued_on.isoformat(),
        "due_on": heading.due_on.isoformat(),
        "currency": currency,
        "decimals": minor_digits(currency),
        "is_demo": heading.is_demo,
        "design": settings_of(heading.design),
        "changes": None,  # what changed since the last invoice, where the design shows it
        "provider": heading.provider._asdict(),
        "organization": heading.organization._asdict(),
        "language": heading.language,
        "buyer_reference": heading.buyer_reference,
        "purchase_order": heading.purchase_order,
        "credited": heading.credited,
        "credited_on": heading.credited_on.isoformat() if heading.credited_on else "",
        "reason": heading.reason,
        "payment_terms": "" if heading.kind == CREDIT_NOTE else heading.payment_terms,
        "lines": list(lines),
        "net": format_minor(totals.net, currency),
        "taxes": [
            {
                "percent": format_micro(total.rate),
                "net": format_minor(total.net, currency),
                "tax": format_minor(total.tax, currency),
            }
            for total in totals.taxes
        ],
        "tax": format_minor(totals.tax, currency),
        "total": format_minor(totals.gross, currency),
    }


def _line_of_item(position: int, item: PostedItem, names: Names, description: Description) -> Data:
    title, detail = description
    key, name = names.organizations[item.organization_id]
    module, module_name = names.modules.get(item.item_id, ("", ""))
    return {
        "position": position,
        "item": item.item_id,
        "organization": key,
        "organization_name": name if item.organization_id != item.bill_to else "",
        "contract": item.contract,
        "service": item.service,
        "module": module,
        "module_name": module_name,
        "title": title,
        "detail": detail,
        "kind": item.kind,
        "period": [item.period_start.isoformat(), item.period_end.isoformat()],
        "effective_on": item.effective_on.isoformat(),
        "units": _plain(item.units),
        "unit_days": _plain(item.unit_days),
        "unit_price": None if item.unit_price is None else _plain(item.unit_price),
        "days_in_period": item.days_in_period,
        "estimated_days": item.estimated_days,
        "tax_percent": percent_text(item.tax_percent),
        "amount": format_minor(item.amount, item.currency),
        "working": item.working,
    }
