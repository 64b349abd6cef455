"""A journal as XML: for each document the client, its items, and the balanced journal lines.

Client and items have the element names that generic invoice exports of service desks have, so that
what reads those reads this.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from icb.accounting.ports import CREDIT_NOTE, Entry, Line, Listing, TargetDescription
from icb.accounting.targets.files.journal_lines import amount, journal_lines
from icb.accounting.targets.files.texts import plain


class XmlJournal:
    """The format (`icb.accounting.ports.FileTarget`)."""

    description = TargetDescription(
        key="xml_journal",
        name="Journal as XML",
        about="Clients, items and balanced journal lines for programs that read XML.",
        settings=(),
        listings=frozenset(Listing),
    )
    extension = "xml"
    content_type = "application/xml"

    def write(self, entries: Sequence[Entry]) -> bytes:
        """See `icb.accounting.ports.FileTarget`."""
        root = Element("invoice_batch")
        if entries:
            _put(root, "batch_id", f"{entries[0].number}..{entries[-1].number}")
            _put(root, "create_date", max(entry.issued_on for entry in entries).isoformat())
        for entry in entries:
            _add(root, entry)
        indent(root)
        written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
        return written + b"\n"


def _add(root: Element, entry: Entry) -> None:
    invoice = SubElement(root, "invoice")
    _put(invoice, "invoice_number", entry.number)
    _put(invoice, "invoice_type", "credit" if entry.kind == CREDIT_NOTE else "invoice")
    _put(invoice, "invoice_date", entry.issued_on.isoformat())
    _put(invoice, "due_date", entry.due_on.isoformat())
    _put(invoice, "currency", entry.currency)
    _put(invoice, "order_number", entry.reference)
    _put(invoice, "credited_invoice", entry.credited)
    _organization(invoice, entry)
    for line in entry.lines:
        _item(invoice, line, entry)
    for tax in entry.taxes:
        row = SubElement(invoice, "tax")
        _put(row, "tax_code", tax.tax_code)
        _put(row, "tax_name", tax.name)
        _put(row, "tax_rate", f"{tax.percent.normalize():f}")
        _put(row, "taxable_amount", amount(tax.net, entry=entry))
        _put(row, "tax_amount", amount(tax.tax, entry=entry))
    _put(invoice, "total_before_tax", amount(entry.net, entry=entry))
    _put(invoice, "total_tax", amount(entry.tax, entry=entry))
    _put(invoice, "total", amount(entry.total, entry=entry))
    journal = SubElement(invoice, "journal_entry")
    for side in journal_lines(entry):
        row = SubElement(journal, "journal_line")
        _put(row, "account", side.account)
        _put(row, "description", side.description)
        _put(row, "tax_code", side.tax_code)
        _put(row, "debit", amount(side.debit, entry=entry))
        _put(row, "credit", amount(side.credit, entry=entry))


def _organization(invoice: Element, entry: Entry) -> None:
    client = entry.customer
    row = SubElement(invoice, "organization")
    _put(row, "account_id", client.key)
    _put(row, "cust_id", client.id)
    _put(row, "cust_name", client.name)
    _put(row, "taxable", "true" if entry.tax else "false")
    first, _, rest = client.address.strip().partition("\n")
    _put(row, "addr1", first)
    _put(row, "addr2", rest)
    _put(row, "city", client.city)
    _put(row, "account_region", client.region)
    _put(row, "postal_code", client.postal_code)
    _put(row, "country", client.country)
    _put(row, "tax_number", client.tax_number)
    _put(row, "email", client.email)


def _item(invoice: Element, line: Line, entry: Entry) -> None:
    row = SubElement(invoice, "invoice_item")
    _put(row, "item_number", str(line.position))
    _put(row, "item_code", line.item)
    _put(row, "item_name", line.description)
    _put(row, "quantity", f"{line.quantity.normalize():f}")
    _put(row, "unit_price", f"{line.unit_price.normalize():f}")
    _put(row, "line_total", amount(line.net, entry=entry))
    _put(row, "line_tax", amount(line.tax, entry=entry))
    _put(row, "tax_code", line.tax_code)
    _put(row, "account", line.account)


def _put(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = plain(text)


TARGET = XmlJournal()
