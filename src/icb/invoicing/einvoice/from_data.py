"""The terms of EN 16931 from a document's frozen data, and from nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from icb.invoicing.consolidate import CREDIT_NOTE as CREDIT_NOTE_KIND
from icb.invoicing.einvoice.parties import party_of
from icb.invoicing.einvoice.problems import FATAL, NotElectronic, Problem
from icb.invoicing.einvoice.quantities import Measured, days_left, quantity_of
from icb.invoicing.einvoice.terms import (
    CREDIT_NOTE,
    INVOICE,
    Category,
    ElectronicInvoice,
    Line,
    Payment,
    Period,
    TaxGroup,
)
from icb.invoicing.einvoice.texts import one_line, several_lines
from icb.kernel.currency import minor_digits
from icb.kernel.money import Minor, to_minor
from icb.kernel.quantity import to_micro

Data = Mapping[str, Any]

SEPA_TRANSFER: Final = "58"
TRANSFER: Final = "30"
MOST_DECIMALS: Final = 2
DEMO_NOTE: Final = "Demonstration: this is not an invoice, nothing is to be paid."
# Why no VAT is asked for, where the law and not the seller decides it: code and words.
_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    Category.REVERSE_CHARGE: ("VATEX-EU-AE", "Reverse charge"),
    Category.INTRA_COMMUNITY: ("VATEX-EU-IC", "Intra-community supply"),
    Category.EXPORT: ("VATEX-EU-G", "Export outside the EU"),
    Category.NOT_SUBJECT: ("VATEX-EU-O", "Not subject to VAT"),
    Category.EXEMPT: ("", ""),
}


def terms_of(data: Data) -> ElectronicInvoice:
    """The terms of a document. Raises NotElectronic where EN 16931 has no way to say it."""
    problems = list(_unsayable(data))
    if problems:
        raise NotElectronic(data["number"], problems)
    sign = -1 if data["kind"] == CREDIT_NOTE_KIND else 1
    currency = data["currency"]
    lines = tuple(_line(line, sign, currency) for line in data["lines"])
    categories = {line.category for line in lines}
    with_vat_id = Category.NOT_SUBJECT not in categories
    amounts = {name: sign * to_minor(data[name], currency) for name in ("net", "tax", "total")}
    buyer = party_of(data["organization"], is_seller=False, with_vat_id=with_vat_id)
    return ElectronicInvoice(
        type_code=CREDIT_NOTE if sign < 0 else INVOICE,
        number=one_line(data["number"]),
        issued_on=date.fromisoformat(data["issued_on"]),
        due_on=date.fromisoformat(data["due_on"]),
        currency=currency,
        note=_note(data),
        buyer_reference=one_line(data.get("buyer_reference")),
        purchase_order=one_line(data.get("purchase_order")),
        credited=one_line(data.get("credited")),
        credited_on=_day(data.get("credited_on")),
        seller=party_of(data["provider"], is_seller=True, with_vat_id=with_vat_id),
        buyer=buyer,
        deliver_to=buyer.country if Category.INTRA_COMMUNITY in categories else "",
        period=_whole_period(lines),
        payment=_payment(data),
        payment_terms=several_lines(data.get("payment_terms")),
        lines=lines,
        taxes=tuple(_taxes(data["taxes"], sign, currency)),
        **amounts,
    )


def _note(data: Data) -> str:
    reason = several_lines(data.get("reason"))
    return f"{DEMO_NOTE}\n{reason}".strip() if data["is_demo"] else reason


def _unsayable(data: Data) -> Iterator[Problem]:
    if minor_digits(data["currency"]) > MOST_DECIMALS:
        yield Problem(
            "ICB-CURRENCY",
            FATAL,
            f"Amounts in {data['currency']} have more than two decimals, and an e-invoice has at "
            "most two.",
        )
    if any(tax.get("part", 1) > 1 for tax in data["taxes"]):
        names = ", ".join(dict.fromkeys(one_line(tax.get("name")) for tax in data["taxes"]))
        yield Problem(
            "ICB-TAX-PARTS",
            FATAL,
            f"Several taxes stand on one line ({names}). An e-invoice of EN 16931 knows one VAT "
            "rate for each line; sales taxes of several parts, as in the United States or Canada, "
            "cannot be said in it.",
            "taxes",
        )
    known = set(Category)
    unknown = [str(line["position"]) for line in data["lines"] if _category(line) not in known]
    if unknown:
        shown = ", ".join(unknown[:10]) + (" …" if len(unknown) > 10 else "")
        yield Problem(
            "ICB-TAX-CATEGORY",
            FATAL,
            f"No VAT category is known for line {shown}. Choose a tax with a category (standard "
            "rate, zero rate, exempt, reverse charge …) for the service or the organization, also "
            "where nothing is charged.",
            "taxes",
        )


def _line(line: Data, sign: int, currency: str) -> Line:
    net = sign * to_minor(line["amount"], currency)
    period = _period(line.get("period"))
    stated = quantity_of(net, measured=_measured(line, sign), currency=currency)
    name = one_line(line["title"]) or one_line(line["service"]) or one_line(line["contract"])
    details = (line.get("organization_name"), line.get("detail"))
    return Line(
        position=line["position"],
        net=net,
        quantity=stated.quantity,
        unit=stated.unit,
        price=stated.price,
        base_quantity=stated.base,
        name=name,
        description=" · ".join(text for part in details if (text := one_line(part))),
        seller_item=one_line(line["service"]),
        category=_category(line),
        percent=to_micro(line.get("tax_percent") or "0", field="tax_percent"),
        period=Period(period[0], max(period[0], period[1] - timedelta(days=1))) if period else None,
    )


def _measured(line: Data, sign: int) -> Measured | None:
    period = _period(line.get("period"))
    if line.get("unit_price") is None or period is None:
        return None
    price = to_micro(line["unit_price"], field="unit_price")
    return Measured(
        units=sign * to_micro(line["units"], field="units"),
        unit_days=sign * to_micro(line["unit_days"], field="unit_days"),
        unit_price=price,
        days_in_period=line["days_in_period"],
        days_left=days_left(period, effective_on=date.fromisoformat(line["effective_on"])),
        unit=line["unit"],
    )


def _period(stated: Sequence[str] | None) -> tuple[date, date] | None:
    """The half-open period of a line; None where it has none."""
    if not stated or not all(stated):
        return None
    first, end = (date.fromisoformat(day) for day in stated)
    return first, end


def _category(line: Data) -> str:
    return one_line(line.get("tax_category"))


def _whole_period(lines: Sequence[Line]) -> Period | None:
    periods = [line.period for line in lines if line.period]
    if not periods:
        return None
    return Period(min(one.first for one in periods), max(one.last for one in periods))


def _taxes(groups: Sequence[Data], sign: int, currency: str) -> Iterator[TaxGroup]:
    """One group for each category and rate: names and places do not tell them apart there."""
    alike: dict[tuple[str, int], list[Data]] = defaultdict(list)
    for group in groups:
        percent = to_micro(group.get("percent") or "0", field="percent")
        alike[one_line(group.get("category")), percent].append(group)
    for (category, percent), same in alike.items():
        sums: list[Minor] = [
            sign * sum(to_minor(group[name], currency) for group in same) for name in ("net", "tax")
        ]
        code, usual = _REASONS.get(category, ("", ""))
        stated = dict.fromkeys(one_line(group.get("reason")) for group in same)
        reason = "; ".join(text for text in stated if text) or usual
        yield TaxGroup(
            category=category,
            percent=percent,
            net=sums[0],
            tax=sums[1],
            reason=reason if category in _REASONS else "",
            reason_code=code,
        )


def _payment(data: Data) -> Payment | None:
    provider = data["provider"]
    iban = one_line(provider.get("iban")).replace(" ", "").upper()
    if not iban:
        return None
    return Payment(
        means=SEPA_TRANSFER if data["currency"] == "EUR" else TRANSFER,
        iban=iban,
        bic=one_line(provider.get("bic")).replace(" ", "").upper(),
        holder=one_line(provider.get("account_holder")) or one_line(provider["name"]),
        reference=one_line(data["number"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
