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
from icb.kernel.quantity import Micro, format_micro, to_micro
from icb.rating.tax import DocumentTaxes, LineTax, TaxKey, TaxPart, TaxTotal, document_taxes

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
    country_name: str = ""  # in the document's language
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
    country_name: str = ""
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


class Driver(NamedTuple):
    """The module that drives a line's service, and the unit that it counts, where it has one."""

    module: str = ""
    module_name: str = ""
    unit: str = ""


class Names(NamedTuple):
    """What lines name: organizations (key, name) by id; what drives them by item, where something
    does."""

    organizations: Mapping[int, tuple[str, str]]
    drivers: Mapping[int, Driver]


class Totals(NamedTuple):
    """The sums of a document, in the currency's minor unit.

    `shares` is what each line has of the tax of each of its parts; they add up to the taxes.
    """

    net: Minor
    taxes: Sequence[TaxTotal]
    shares: Sequence[tuple[Minor, ...]]

    @property
    def tax(self) -> Minor:
        """The tax of all groups."""
        return sum(total.tax for total in self.taxes)

    @property
    def gross(self) -> Minor:
        """What the document comes to."""
        return self.net + self.tax


def totals_of(document: ItemsOfDocument) -> Totals:
    """Net is the sum of the lines; tax is computed for each group on the sum of its lines."""
    taxes = document_taxes([(item.tax, item.amount) for item in document.items])
    return totals_with(taxes, net=sum(item.amount for item in document.items))


def totals_with(taxes: DocumentTaxes, *, net: Minor) -> Totals:
    """The sums of a document of which the taxes are known."""
    return Totals(net, taxes.totals, taxes.shares)


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
        | tax_of_line(item.tax, shares=totals.shares[position - 1], currency=heading.currency)
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
                "amount": format_minor(line.amount, heading.currency),
            }
            | tax_of_line(line.tax, shares=totals.shares[position - 1], currency=heading.currency)
        )
    return _data(heading, lines, totals)


def tax_of_line(tax: LineTax | None, *, shares: Sequence[Minor], currency: str) -> Data:
    """What a line says of its tax: the code, what it comes to, and the line's share of it.

    `tax_parts` tells the share of each part; with one part that is the line's tax itself.
    """
    if tax is None:
        nothing = format_minor(0, currency)
        return {
            "tax_code": "",
            "tax_category": "",
            "tax_reason": "",
            "tax_percent": None,
            "tax": nothing,
            "tax_parts": [],
        }
    return {
        "tax_code": tax.code,
        "tax_category": tax.category,
        "tax_reason": tax.reason,
        "tax_percent": _plain(tax.percent),
        "tax": format_minor(sum(shares), currency),
        "tax_parts": [
            {
                "part": place,
                "name": part.name,
                "percent": _plain(part.percent),
                "is_compound": part.is_compound,
                "tax": format_minor(share, currency),
            }
            for place, (part, share) in enumerate(zip(tax.parts, shares, strict=True), start=1)
        ],
    }


def tax_in(line: Data) -> LineTax | None:
    """The tax that a frozen line says; None where it carries none."""
    if line["tax_percent"] is None:
        return None
    parts = tuple(
        TaxPart(
            part["name"],
            to_micro(part["percent"], field="percent"),
            is_compound=part["is_compound"],
        )
        for part in line["tax_parts"]
    )
    return LineTax(line["tax_code"], line["tax_category"], parts, line["tax_reason"])


def group_in(tax: Data) -> TaxKey:
    """The group that a frozen tax is of."""
    percent = to_micro(tax["percent"], field="percent")
    return TaxKey(tax["part"], tax["category"], percent, tax["name"])


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
        "taxes": [_tax(total, currency) for total in totals.taxes],
        "tax": format_minor(totals.tax, currency),
        "total": format_minor(totals.gross, currency),
    }


def _tax(total: TaxTotal, currency: str) -> Data:
    key = total.key
    return {
        "name": key.name,
        "category": key.category,
        "reason": total.reason,
        "percent": _plain(key.percent),
        "part": key.part,
        "net": format_minor(total.net, currency),
        "tax": format_minor(total.tax, currency),
        "codes": list(total.codes),
    }


def _line_of_item(position: int, item: PostedItem, names: Names, description: Description) -> Data:
    title, detail = description
    key, name = names.organizations[item.organization_id]
    driver = names.drivers.get(item.item_id, Driver())
    return {
        "position": position,
        "item": item.item_id,
        "organization": key,
        "organization_name": name if item.organization_id != item.bill_to else "",
        "contract": item.contract,
        "service": item.service,
        "module": driver.module,
        "module_name": driver.module_name,
        "title": title,
        "detail": detail,
        "kind": item.kind,
        "period": [item.period_start.isoformat(), item.period_end.isoformat()],
        "effective_on": item.effective_on.isoformat(),
        "units": _plain(item.units),
        "unit": driver.unit,
        "unit_days": _plain(item.unit_days),
        "unit_price": None if item.unit_price is None else _plain(item.unit_price),
        "days_in_period": item.days_in_period,
        "estimated_days": item.estimated_days,
        "amount": format_minor(item.amount, item.currency),
        "working": item.working,
    }
