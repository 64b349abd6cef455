"""Reads of documents. Nothing here writes. Amounts are in the currency's minor unit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from icb.billing.explain import explain_item
from icb.billing.queries import item_sources
from icb.foundation.amounts import from_stored
from icb.foundation.bulk import fetch
from icb.foundation.scope import kept_while_reading, provider_id
from icb.invoicing.credit import Left, LineLeft
from icb.invoicing.description import Description
from icb.invoicing.document_data import Data, tax_in
from icb.invoicing.models import Document, DocumentKind
from icb.invoicing.numbering import sequence_of
from icb.kernel.errors import InvalidInput, NotFound
from icb.kernel.money import Minor, to_minor
from icb.kernel.quantity import Micro, to_micro
from icb.rating.tax import TaxKey

LAST = "last"
"""Stands for the number of the newest invoice: scenarios cannot know numbers beforehand."""


class DocumentRow(NamedTuple):
    """A document, for lists. `credited` is the number of the invoice that a credit note credits.

    `credits_left` is what is left to credit, tax included: None on credit notes, 0 on void ones.
    """

    number: str
    kind: str
    organization: str
    organization_name: str
    currency: str
    issued_on: date
    due_on: date
    net: Minor
    tax: Minor
    total: Minor
    credits_left: Minor | None
    credited: str
    is_void: bool
    is_rendered: bool


class LineRow(NamedTuple):
    """A line as it was frozen. `service` is the service's key on the contract, blank for lines of
    the contract itself; `item` is the billing item's id, None on a credit of a line."""

    position: int
    item: int | None
    organization: str
    contract: str
    service: str
    description: str
    tax_percent: Micro | None
    amount: Minor


class TaxRow(NamedTuple):
    """The tax of one group of lines."""

    rate: Micro
    category: str
    name: str
    part: int
    net: Minor
    tax: Minor


class DocumentDetails(NamedTuple):
    """A document with its lines and taxes."""

    row: DocumentRow
    lines: tuple[LineRow, ...]
    taxes: tuple[TaxRow, ...]


_ROWS = """
SELECT d.number, d.kind, o.key, o.name, d.currency, d.issued_on, d.due_on,
       d.net, d.tax, d.total,
       (SELECT COALESCE(SUM(n.total), 0) FROM document n
        WHERE n.credits_id = d.id
          AND NOT EXISTS (SELECT 1 FROM document_void nv WHERE nv.document_id = n.id)),
       COALESCE(c.number, ''), v.id, r.id
FROM document d
JOIN organization o ON o.id = d.organization_id
LEFT JOIN document c ON c.id = d.credits_id
LEFT JOIN document_void v ON v.document_id = d.id
LEFT JOIN rendering r ON r.document_id = d.id
WHERE d.provider_id = %s {where}
ORDER BY d.kind, d.sequence
"""


def documents(*, organization: str = "", since: date | None = None) -> list[DocumentRow]:
    """Issued documents, credit notes and then invoices, each by number; void ones too.

    `organization` is the key of a bill-to organization, `since` the first issue date wanted.
    """
    where = ""
    params: list[object] = [provider_id()]
    if organization:
        where, params = f"{where} AND o.key = %s", [*params, organization]
    if since is not None:
        where, params = f"{where} AND d.issued_on >= %s", [*params, since]
    return [_document_row(row) for row in fetch(_ROWS.format(where=where), params)]


def document_details(*, organization: str = "") -> list[DocumentDetails]:
    """The documents of `documents`, with their lines and taxes as they were frozen."""
    found = Document.objects.order_by("kind", "sequence").values_list("number", "data")
    data = dict(found)
    return [_details(row, data[row.number]) for row in documents(organization=organization)]


def document(number: str) -> DocumentDetails:
    """One document with its lines and taxes. Raises NotFound for an unknown number."""
    found = document_named(number)
    rows = fetch(_ROWS.format(where="AND d.id = %s"), [provider_id(), found.pk])
    return _details(_document_row(rows[0]), found.data)


def document_named(number: str) -> Document:
    """The document of that number; a bare sequence ("42") finds an invoice, `last` the newest.

    For the actions of this app. Raises NotFound for an unknown number.
    """
    return kept_while_reading(f"document {number}", make=lambda: _document_named(number))


def _document_named(number: str) -> Document:
    sequence = sequence_of(number)
    if number == LAST:
        found = Document.objects.filter(kind=DocumentKind.INVOICE).order_by("-sequence").first()
    elif sequence is not None:
        found = Document.objects.filter(kind=DocumentKind.INVOICE, sequence=sequence).first()
    else:
        found = Document.objects.filter(number=number).first()
    if found is None:
        raise NotFound(
            "unknown_document",
            f"number: there is no document {number}. Nothing was changed. "
            "The documents are listed by: icb invoice list",
            number=number,
        )
    issued: Document = found
    return issued


def frozen_data(issued: Document) -> Data:
    """The data a document was frozen with."""
    data: Data = json.loads(issued.data)
    return data


def data_of(number: str) -> Data:
    """The data a document was frozen with. Raises NotFound for an unknown number."""
    return frozen_data(document_named(number))


def numbers_of_items() -> dict[int, str]:
    """The number of the live document that each invoiced item is on, by the item's id."""
    return dict(
        fetch(
            "SELECT l.item_id, d.number FROM document_line l JOIN document d ON d.id = "
            "l.document_id WHERE l.provider_id = %s AND l.item_id IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM document_void v WHERE v.document_id = d.id)",
            [provider_id()],
        )
    )


def last_document_of(contract: str) -> DocumentRow | None:
    """The newest document that has a line of a contract and is not void; None without one."""
    where = """
      AND d.id = (
        SELECT MAX(l.document_id)
        FROM contract c CROSS JOIN billing_item i CROSS JOIN document_line l
        WHERE c.provider_id = %s AND c.key = %s AND i.contract_id = c.id AND l.item_id = i.id
          AND NOT EXISTS (SELECT 1 FROM document_void lv WHERE lv.document_id = l.document_id))
    """
    rows = fetch(_ROWS.format(where=where), [provider_id(), provider_id(), contract])
    return _document_row(rows[0]) if rows else None


def left_of(invoice: Document) -> Left:
    """What is left of an invoice that is not void: its lines and taxes less live credit notes."""
    currency = invoice.currency
    rows = fetch(
        """
        SELECT l.position, l.amount + COALESCE((
            SELECT SUM(c.amount) FROM document_line c
            WHERE c.credited_line_id = l.id
              AND NOT EXISTS (SELECT 1 FROM document_void v WHERE v.document_id = c.document_id)
        ), 0)
        FROM document_line l WHERE l.document_id = %s ORDER BY l.position
        """,
        [invoice.pk],
    )
    taxes = fetch(
        """
        SELECT t.part, t.category, t.percent, t.name, SUM(t.tax)
        FROM document_tax t JOIN document d ON d.id = t.document_id
        WHERE (d.id = %s OR d.credits_id = %s)
          AND NOT EXISTS (SELECT 1 FROM document_void v WHERE v.document_id = d.id)
        GROUP BY t.part, t.category, t.percent, t.name
        """,
        [invoice.pk, invoice.pk],
    )
    frozen = {line["position"]: tax_in(line) for line in frozen_data(invoice)["lines"]}
    return Left(
        invoice.number,
        currency,
        [LineLeft(place, frozen[place], from_stored(left, currency)) for place, left in rows],
        {TaxKey(*key): from_stored(left, currency) for *key, left in taxes},
    )


def credits_left(number: str) -> Minor | None:
    """What is left to credit of an invoice, tax included; None on a credit note, 0 on a void one.

    Raises NotFound for an unknown number.
    """
    return document(number).row.credits_left


def line_ids(issued: Document) -> dict[int, int]:
    """The ids of a document's lines by their position."""
    return dict(fetch("SELECT position, id FROM document_line WHERE document_id = %s", [issued.pk]))


def explain_line(number: str, *, line: int) -> list[str]:
    """How a line came about: what it bills, the counts by day, rule, price and arithmetic.

    Raises NotFound for an unknown number, InvalidInput for a line that the document has not.
    """
    issued = document_named(number)
    data = frozen_data(issued)
    if not 1 <= line <= len(data["lines"]):
        raise InvalidInput(
            field="line",
            value=line,
            message=f"line: {issued.number} has lines 1 to {len(data['lines'])}, not {line}.",
        )
    frozen = data["lines"][line - 1]
    return list(explained(issued, frozen=frozen))


def explained(issued: Document, *, frozen: Data, with_sources: bool = True) -> Iterator[str]:
    """The words of one frozen line of a document; `with_sources` what fed it as well."""
    yield f"{issued.number}, line {frozen['position']}: {_description(frozen)}"
    of_service = f", service {frozen['service']}" if frozen["service"] else ""
    yield f"Organization {frozen['organization']}, contract {frozen['contract']}{of_service}"
    if "credited_line" in frozen:
        credited = document_named(frozen_data(issued)["credited"])
        original = frozen_data(credited)["lines"][frozen["credited_line"] - 1]
        yield f"Credits {frozen['amount'].removeprefix('-')} {issued.currency} of what follows:"
        yield from explained(credited, frozen=original, with_sources=with_sources)
        return
    yield from explain_item(frozen["working"], currency=issued.currency, reason=frozen["title"])
    yield f"Amount: {frozen['amount']} {issued.currency}"
    if with_sources:
        yield from item_sources(frozen["item"])


def _document_row(row: tuple[Any, ...]) -> DocumentRow:
    number, kind, key, name, currency, issued_on, due_on, *rest = row
    *amounts, credited, void, rendering = rest
    net, tax, total, taken = (from_stored(amount, currency) for amount in amounts)
    # A total below 0 (credits at a higher tax than the charges) leaves nothing to credit.
    left = None if kind == DocumentKind.CREDIT_NOTE else max(total + taken, 0)
    return DocumentRow(
        number,
        kind,
        key,
        name,
        currency,
        issued_on,
        due_on,
        net,
        tax,
        total,
        0 if void is not None and left is not None else left,
        credited,
        void is not None,
        rendering is not None,
    )


def _details(row: DocumentRow, text: str) -> DocumentDetails:
    data = json.loads(text)
    lines = tuple(
        LineRow(
            line["position"],
            line.get("item"),
            line["organization"],
            line["contract"],
            line["service"],
            _description(line),
            _percent(line["tax_percent"]),
            _minor(line, row.currency),
        )
        for line in data["lines"]
    )
    taxes = tuple(
        TaxRow(
            to_micro(tax["percent"], field="percent"),
            tax["category"],
            tax["name"],
            tax["part"],
            to_minor(tax["net"], row.currency),
            to_minor(tax["tax"], row.currency),
        )
        for tax in data["taxes"]
    )
    return DocumentDetails(row, lines, taxes)


def _description(line: Data) -> str:
    return str(Description(line["title"], line["detail"]))


def _percent(text: str | None) -> Micro | None:
    return None if text is None else to_micro(text, field="tax_percent")


def _minor(line: Data, currency: str) -> Minor:
    return to_minor(line["amount"], currency)
