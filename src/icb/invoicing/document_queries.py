"""Issued documents for people: the list, the check of numbers, and all about one document."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import NamedTuple

from icb.foundation.amounts import from_stored
from icb.foundation.bulk import fetch
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.models import AuditEvent
from icb.foundation.scope import provider_id
from icb.invoicing.credit import Left
from icb.invoicing.document_data import Data
from icb.invoicing.line_changes import LineChange, line_changes
from icb.invoicing.models import Document, DocumentKind
from icb.invoicing.numbering_actions import UNLOCKED
from icb.invoicing.queries import DocumentRow, document, document_named, frozen_data, left_of
from icb.kernel.errors import NotFound
from icb.kernel.money import Minor, to_minor


class NumberCheck(NamedTuple):
    """A series of numbers: how many documents it has, from which number to which, how many numbers
    were lost with a restore, and how many are missing without a reason."""

    kind: str
    documents: int
    first: str
    last: str
    lost: int
    missing: int


class Happened(NamedTuple):
    """Something that happened to a document: issued, rendered, credited or void.

    `number` is the credit note of a credit; `text` its reason, or what made the rendering.
    """

    what: str
    at: datetime
    actor: str
    number: str
    text: str


class CreditNote(NamedTuple):
    """A credit note of an invoice."""

    number: str
    issued_on: date
    total: Minor
    is_void: bool
    reason: str


class DocumentFacts(NamedTuple):
    """All about one document but what became of it: `data` is what it was frozen with, `last` the
    number of the invoice before, or empty.
    """

    row: DocumentRow
    data: Data
    credit_notes: list[CreditNote]
    history: list[Happened]
    last: str


class LineLeftRow(NamedTuple):
    """A line of an invoice and what is left of it to credit, before tax."""

    position: int
    title: str
    detail: str
    tax_percent: str | None
    amount: Minor
    left: Minor


class CreditLeft(NamedTuple):
    """What is left of an invoice, and `seen`: another text after any further credit."""

    net: Minor
    tax: Minor
    total: Minor
    lines: list[LineLeftRow]
    seen: str


def document_currencies() -> list[str]:
    """The currencies that documents were issued in."""
    found = Document.objects.order_by("currency").values_list("currency", flat=True)
    return list(found.distinct())


def number_check() -> list[NumberCheck]:
    """Whether the numbers of each series follow each other without a gap."""
    lost: dict[str, int] = {}
    for data in AuditEvent.objects.filter(action=UNLOCKED).values_list("data", flat=True):
        for kind, (first, last) in json.loads(data)["lost"].items():
            lost[kind] = lost.get(kind, 0) + last - first + 1
    found = []
    for kind, count, low, high in fetch(
        "SELECT kind, COUNT(*), MIN(sequence), MAX(sequence) FROM document "
        "WHERE provider_id = %s GROUP BY kind ORDER BY kind DESC",
        [provider_id()],
    ):
        first, last = (_number_at(kind, place) for place in (low, high))
        gone = lost.get(kind, 0)
        found.append(NumberCheck(kind, count, first, last, gone, high - low + 1 - count - gone))
    return found


def document_facts(number: str) -> DocumentFacts:
    """All about one document. Raises NotFound for an unknown number."""
    whole = Document.objects.select_related("rendering", "voided")
    issued = whole.get(pk=document_named(number).pk)
    notes = _credit_notes(issued)
    row = document(issued.number).row
    last = last_invoice(issued)
    return DocumentFacts(
        row,
        frozen_data(issued),
        notes,
        _history(issued),
        last.number if last else "",
    )


def changes_of(number: str) -> list[LineChange]:
    """What changed in an invoice since the last one of the same organization and currency.

    Empty where it is a credit note, or the first. Raises NotFound for an unknown number.
    """
    issued = document_named(number)
    last = last_invoice(issued)
    return changes_between(issued, last=last) if last else []


def changes_between(issued: Document, *, last: Document) -> list[LineChange]:
    """What changed from one invoice to another."""
    lines, last_lines = frozen_data(issued)["lines"], frozen_data(last)["lines"]
    return line_changes(lines, last_lines=last_lines, currency=issued.currency)


def last_invoice(issued: Document) -> Document | None:
    """The invoice before this one, of the same organization and currency and not void."""
    if issued.kind != DocumentKind.INVOICE:
        return None
    before = Document.objects.filter(
        organization_id=issued.organization_id,
        currency=issued.currency,
        kind=DocumentKind.INVOICE,
        pk__lt=issued.pk,
        voided__isnull=True,
    )
    found: Document | None = before.order_by("-pk").first()
    return found


def credit_left(number: str) -> CreditLeft:
    """What is left of an invoice to credit, line by line. Raises NotFound for an unknown number."""
    issued = document_named(number)
    left = left_of(issued)
    lines = {line["position"]: line for line in frozen_data(issued)["lines"]}
    amounts = dict(
        fetch("SELECT position, amount FROM document_line WHERE document_id = %s", [issued.pk])
    )
    rows = [
        LineLeftRow(
            one.position,
            lines[one.position]["title"],
            lines[one.position]["detail"],
            lines[one.position]["tax_percent"],
            from_stored(amounts[one.position], issued.currency),
            one.left,
        )
        for one in left.lines
    ]
    return CreditLeft(left.net, sum(left.tax.values()), left.gross, rows, seen_of_left(left))


def seen_of_left(left: Left) -> str:
    """A short text for what is left of an invoice, to tell whether more was credited since."""
    return digest(canonical_json([[line.position, line.left] for line in left.lines]))[:32]


def frozen_line(issued: Document, *, position: int) -> Data:
    """A line of a document as it was frozen. Raises NotFound for one that it has not."""
    lines = frozen_data(issued)["lines"]
    if not 1 <= position <= len(lines):
        raise NotFound(
            "unknown_line",
            f"{issued.number} has lines 1 to {len(lines)}, not {position}. Nothing was changed.",
            line=position,
        )
    found: Data = lines[position - 1]
    return found


def _number_at(kind: str, sequence: int) -> str:
    found = Document.objects.filter(kind=kind, sequence=sequence).values_list("number", flat=True)
    return str(found.get())


def _credit_notes(issued: Document) -> list[CreditNote]:
    rows = Document.objects.filter(credits=issued).order_by("sequence")
    return [
        CreditNote(number, issued_on, to_minor(total, issued.currency), void is not None, reason)
        for number, issued_on, total, void, reason in rows.values_list(
            "number", "issued_on", "total", "voided__id", "reason"
        )
    ]


def _history(issued: Document) -> list[Happened]:
    found = [Happened("issued", issued.issued_at, issued.actor, "", issued.reason)]
    rendering = getattr(issued, "rendering", None)
    if rendering is not None:
        found.append(Happened("rendered", rendering.rendered_at, "", "", rendering.renderer))
    found += [
        Happened("credited", at, actor, number, reason)
        for at, actor, number, reason in Document.objects.filter(credits=issued).values_list(
            "issued_at", "actor", "number", "reason"
        )
    ]
    voided = getattr(issued, "voided", None)
    if voided is not None:
        found.append(Happened("void", voided.voided_at, voided.actor, "", voided.reason))
    return sorted(found, key=lambda one: one.at)
