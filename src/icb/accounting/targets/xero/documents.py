"""From our document to an invoice or credit note of Xero, and back to figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from icb.accounting.ports import CREDIT_NOTE, INVOICE, Entry, Line, Sent
from icb.accounting.targets.online.answers import Part
from icb.accounting.targets.online.documents import sent_id, sign_of
from icb.accounting.targets.online.factors import described, factors
from icb.accounting.targets.online.json_text import Json
from icb.accounting.targets.online.texts import plain_line

LONGEST_NUMBER, LONGEST_DESCRIPTION, LONGEST_REFERENCE = 255, 4000, 255
PLACES = 4
NO_TAX = "NONE"
"""Without a tax type a line would take that of its account."""
_NOT_IN_FORCE = ("VOIDED", "DELETED")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of document is called there."""

    type: str
    list: str
    id: str
    number: str
    page: str


KINDS: Mapping[str, Kind] = {
    INVOICE: Kind("ACCREC", "Invoices", "InvoiceID", "InvoiceNumber", "View.aspx?InvoiceID="),
    CREDIT_NOTE: Kind(
        "ACCRECCREDIT",
        "CreditNotes",
        "CreditNoteID",
        "CreditNoteNumber",
        "ViewCreditNote.aspx?creditNoteID=",
    ),
}


def body_of(entry: Entry) -> dict[str, Json]:
    """The record to write. A credit note has positive amounts there.

    Each line carries its share of the document's tax, so that Xero adds up to the document's tax
    whatever it would have worked out itself.
    """
    kind = KINDS[entry.kind]
    body: dict[str, Json] = {
        "Type": kind.type,
        "Status": "AUTHORISED",
        kind.number: entry.number,
        "Contact": {"ContactID": entry.customer.id},
        "Date": entry.issued_on.isoformat(),
        "LineAmountTypes": "Exclusive",
        "CurrencyCode": entry.currency,
        "LineItems": [_line(entry, line) for line in entry.lines],
    }
    if entry.kind == INVOICE:
        body["DueDate"] = entry.due_on.isoformat()
    reference = " ".join(filter(None, (entry.reference, entry.credited)))
    if reference:
        body["Reference"] = plain_line(reference, longest=LONGEST_REFERENCE)
    return body


def sent_of(record: Part, *, kind: str) -> Sent:
    """The figures of a record."""
    names, sign = KINDS[kind], sign_of(kind)
    id = record.text(names.id)
    net, tax = record.number_or_none("SubTotal"), record.number_or_none("TotalTax")
    return Sent(
        id=sent_id(kind, id=id),
        number=record.text_or(names.number),
        net=None if net is None else sign * net,
        tax=None if tax is None else sign * tax,
        total=sign * record.number("Total"),
        address=f"https://go.xero.com/AccountsReceivable/{names.page}{id}",
        is_void=record.text_or("Status") in _NOT_IN_FORCE,
    )


def _line(entry: Entry, line: Line) -> Json:
    sign = sign_of(entry.kind)
    product = factors(line, places=PLACES)
    return {
        "Description": described(line, note=product.note, longest=LONGEST_DESCRIPTION),
        "Quantity": product.quantity * sign,
        "UnitAmount": product.price,
        "LineAmount": line.net * sign,
        "TaxType": line.tax_code or NO_TAX,
        "TaxAmount": line.tax * sign,
        "AccountCode": line.account,
        **({"ItemCode": line.item} if line.item else {}),
    }
