"""Actions on issued documents: void them while nobody has them, credit them afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.bulk import execute
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.foundation.transactions import transaction
from icb.invoicing.credit import Credit, credit
from icb.invoicing.document_data import data_of_credit, totals_with
from icb.invoicing.document_queries import seen_of_left
from icb.invoicing.document_writing import (
    Issue,
    IssuedDocument,
    NewDocument,
    NewLine,
    Numbers,
    refuse_while_locked,
    write_documents,
)
from icb.invoicing.models import Document, DocumentKind, DocumentVoid
from icb.invoicing.ports import tell_voided, void_obstacle
from icb.invoicing.queries import document_named, frozen_data, left_of, line_ids
from icb.kernel import clock
from icb.kernel.checks import check_reason
from icb.kernel.errors import Refused
from icb.kernel.money import format_minor, to_minor


def void_document(number: str, *, reason: str) -> None:
    """Declare a document void: its number stays taken, its items go back to posted.

    Only while nobody outside has it; an invoice with credit notes is not voided before these are.
    Raises NotFound for an unknown number; InvalidInput without a reason; Refused with
    `already_void`, `has_credit_notes` or `not_voidable`.
    """
    with transaction(lock="billing"):
        require(Permission.ISSUE)
        check_reason(reason)
        document = document_named(number)
        _check_voidable(document)
        DocumentVoid.objects.create(
            document=document, reason=reason, actor=current_actor(), voided_at=clock.now()
        )
        returned = execute(
            "INSERT INTO item_to_invoice (provider_id, item_id) "
            "SELECT l.provider_id, l.item_id FROM document_line l "
            "WHERE l.document_id = %s AND l.provider_id = %s AND l.item_id IS NOT NULL "
            "ORDER BY l.position",
            [document.pk, provider_id()],
        )
        tell_voided(document.pk)
        audit.record(
            "void",
            subject=document.number,
            data={"reason": reason, "total": document.total, "items": returned},
        )


def _check_voidable(document: Document) -> None:
    if DocumentVoid.objects.filter(document=document).exists():
        raise Refused(
            "already_void",
            f"{document.number} is void already. Nothing was changed.",
            number=document.number,
        )
    live = Document.objects.filter(credits=document, voided__isnull=True).order_by("sequence")
    notes = list(live.values_list("number", flat=True))
    if notes:
        raise Refused(
            "has_credit_notes",
            f"{document.number} has credit notes: {', '.join(notes)}. Nothing was changed. Void "
            "these first, or credit what is left.",
            number=document.number,
        )
    obstacle = void_obstacle(document.pk)
    if obstacle:
        raise Refused(
            "not_voidable",
            f"{document.number} cannot be voided: {obstacle}. Nothing was changed. Write a credit "
            "note instead.",
            number=document.number,
        )


def credit_document(
    number: str,
    *,
    lines: Sequence[int] | None = None,
    net: Decimal | None = None,
    reason: str,
    seen: str = "",
) -> IssuedDocument:
    """Issue a credit note for what is left of an invoice, of the lines named, or for an amount.

    `net` is an amount before tax, shared among the lines (all, or those named). What it takes and
    what is refused says `credit.credit`. With `seen`, what `credit_left` said of the invoice, it is
    refused where something was credited since (`changed_since`): a form sent twice credits once.

    Raises NotFound for an unknown number; InvalidInput without a reason; Refused with
    `not_an_invoice`, `already_void` or `issuing_locked` besides.
    """
    with transaction(lock="billing"):
        require(Permission.ISSUE)
        check_reason(reason)
        refuse_while_locked()
        invoice = document_named(number)
        _check_creditable(invoice)
        amount = None if net is None else to_minor(net, invoice.currency, field="net")
        left = left_of(invoice)
        if seen and seen_of_left(left) != seen:
            raise _credited_since(invoice)
        made = credit(left, positions=lines, net=amount)
        document = _write_credit_note(invoice, made, reason)
        audit.record(
            "credit",
            subject=document.heading.number,
            data={
                "credits": invoice.number,
                "reason": reason,
                "total": format_minor(document.totals.gross, invoice.currency),
                "hash": document.hash,
            },
        )
    return document.as_issued()


def _credited_since(invoice: Document) -> Refused:
    last = Document.objects.filter(credits=invoice).order_by("-pk").first()
    by = f" {last.number} was issued by {last.actor}." if last else ""
    return Refused(
        "changed_since",
        f"What is left of {invoice.number} has changed since you looked.{by} Nothing was stored. "
        "Look at what is left, and credit again where that is still right.",
        number=invoice.number,
    )


def _check_creditable(invoice: Document) -> None:
    if invoice.kind != DocumentKind.INVOICE:
        raise Refused(
            "not_an_invoice",
            f"{invoice.number} is a credit note. Nothing was stored. Only an invoice is credited; "
            "a credit note that is wrong is voided.",
            number=invoice.number,
        )
    if DocumentVoid.objects.filter(document=invoice).exists():
        raise Refused(
            "already_void",
            f"{invoice.number} is void, so nothing of it is owed. Nothing was stored.",
            number=invoice.number,
        )


def _write_credit_note(invoice: Document, made: Credit, reason: str) -> NewDocument:
    issue = Issue.now([invoice.organization_id], on=local_today())
    sequence, number = Numbers().take(DocumentKind.CREDIT_NOTE)
    heading = issue.heading(
        DocumentKind.CREDIT_NOTE.value,
        number=number,
        bill_to=invoice.organization_id,
        currency=invoice.currency,
    )._replace(credited=invoice.number, credited_on=invoice.issued_on, reason=reason)
    totals = totals_with(made.taxes, net=made.net)
    data = data_of_credit(
        heading, credit=made, invoice_lines=frozen_data(invoice)["lines"], totals=totals
    )
    ids = line_ids(invoice)
    document = NewDocument(
        heading,
        sequence=sequence,
        bill_to=invoice.organization_id,
        totals=totals,
        data=data,
        lines=[
            NewLine(line.amount, line.tax, credited_line=ids[line.position]) for line in made.lines
        ],
        credits=invoice.pk,
    )
    write_documents([document], issue=issue)
    return document
