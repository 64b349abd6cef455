"""From our document to an invoice or credit memo of QuickBooks, and back to figures."""

from __future__ import annotations

from decimal import Decimal

from icb.accounting.ports import CREDIT_NOTE, INVOICE, Entry, Line, Sent
from icb.accounting.targets.online.answers import Part
from icb.accounting.targets.online.documents import sent_id, sign_of
from icb.accounting.targets.online.factors import described, factors
from icb.accounting.targets.online.json_text import Json
from icb.accounting.targets.online.texts import plain_line
from icb.accounting.targets.quickbooks_online.places import Company
from icb.accounting.targets.quickbooks_online.taxes import DocumentTax

RECORDS = {INVOICE: "Invoice", CREDIT_NOTE: "CreditMemo"}
LONGEST_NUMBER, LONGEST_DESCRIPTION, LONGEST_NOTE = 21, 4000, 4000
PLACES = 5
"""Decimals that quantity and price keep there for sure."""
_VOIDED = "voided"


def path_of(kind: str) -> str:
    """The path of the records of a kind."""
    return f"/{RECORDS[kind].lower()}"


def body_of(entry: Entry, *, tax: DocumentTax) -> dict[str, Json]:
    """The record to write. A credit memo has positive amounts there."""
    body: dict[str, Json] = {
        "DocNumber": entry.number,
        "TxnDate": entry.issued_on.isoformat(),
        "CustomerRef": {"value": entry.customer.id},
        "CurrencyRef": {"value": entry.currency},
        "PrivateNote": note_of(entry),
        "Line": [_line(entry, line, tax=tax) for line in entry.lines],
    }
    if entry.kind == INVOICE:
        body["DueDate"] = entry.due_on.isoformat()
    if not tax.is_us:
        body["GlobalTaxCalculation"] = "TaxExcluded" if tax.has_codes else "NotApplicable"
    if entry.reference:
        body["CustomerMemo"] = {"value": plain_line(entry.reference, longest=1000)}
    body["TxnTaxDetail"] = tax.detail(sign=sign_of(entry.kind))
    return body


def note_of(entry: Entry) -> str:
    """A note for the bookkeeper, by which we also know our own document again."""
    credited = f"Credits {entry.credited}. " if entry.credited else ""
    return f"{credited}ICB {entry.key}"


def sent_of(record: Part, *, kind: str, company: Company) -> Sent:
    """The figures of a record. A void one has zeros and a note that says so."""
    sign = sign_of(kind)
    total = record.number("TotalAmt")
    tax = record.part_or_empty("TxnTaxDetail").number_or_none("TotalTax") or Decimal(0)
    id = record.text("Id")
    is_voided = record.text_or("PrivateNote").lower().startswith(_VOIDED)
    return Sent(
        id=sent_id(kind, id=id),
        number=record.text_or("DocNumber"),
        net=sign * (total - tax),
        tax=sign * tax,
        total=sign * total,
        address=company.page(RECORDS[kind].lower(), id=id),
        is_void=is_voided and not total,
    )


def _line(entry: Entry, line: Line, *, tax: DocumentTax) -> Json:
    sign = sign_of(entry.kind)
    product = factors(line, places=PLACES)
    detail: dict[str, Json] = {
        # What gives money back has a price below zero there: quantities are of things sold.
        "Qty": abs(product.quantity),
        "UnitPrice": product.price * (-sign if product.quantity < 0 else sign),
        **({"ItemRef": {"value": line.item}} if line.item else {}),
    }
    code = tax.line_code(line)
    if code:
        detail["TaxCodeRef"] = {"value": code}
    return {
        "Description": described(line, note=product.note, longest=LONGEST_DESCRIPTION),
        "Amount": line.net * sign,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail,
    }
