"""One document: its lines, what changed since the last invoice, and how it is printed."""

from __future__ import annotations

from itertools import groupby
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from icb.foundation.access import page
from icb.invoicing.document_queries import DocumentFacts, changes_of, document_facts
from icb.invoicing.line_changes import LineChange
from icb.invoicing.page_queries import document_pages
from icb.invoicing.queries import LAST, document_named
from icb.kernel.errors import NotFound
from icb.payments.account_queries import document_account
from icb.web.invoices.words import kind_word, reason_of, state_word, tone_of_state


class LineGroup(NamedTuple):
    """The lines of one contract, with what they come to (plain amount)."""

    contract: str
    organization: str
    lines: list[dict[str, Any]]


class ToldChange(NamedTuple):
    """A difference to the last invoice, with its reason in words."""

    change: LineChange
    title: str
    detail: str
    reason: str


@page()
def invoice(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """The lines of a document, grouped by contract, beside what it is."""
    facts = document_facts(canonical(number))
    if facts.row.number != number:
        return redirect("invoice", number=facts.row.number)
    return render(request, "invoices/lines.html", document_context(facts, here="invoice"))


@page()
def invoice_changes(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """What changed since the last invoice, line by line, with reasons that add up."""
    facts = document_facts(canonical(number))
    if not facts.last:
        return redirect("invoice", number=facts.row.number)
    changes = changes_of(facts.row.number)
    context = document_context(facts, here="invoice-changes") | {
        "changes": [told(one) for one in changes if one.what],
        "same": sum(1 for one in changes if not one.what),
        "difference": sum(one.difference for one in changes),
    }
    return render(request, "invoices/changes.html", context)


@page()
def invoice_document(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """The pages as they are printed."""
    facts = document_facts(canonical(number))
    count = len(document_pages(facts.row.number))
    context = document_context(facts, here="invoice-document") | {"pages": range(1, count + 1)}
    return render(request, "invoices/document.html", context)


def canonical(number: str) -> str:
    """The number as it is printed; an address may hold its sequence alone."""
    refuse_words(number)
    return document_named(number).number


def refuse_words(number: str) -> None:
    """Raise NotFound for the word that stands for the newest invoice on the command line alone."""
    if number == LAST:
        raise NotFound("unknown_document", _("There is no such document. Nothing was changed."))


def told(change: LineChange) -> ToldChange:
    """A change with its words."""
    line = change.line
    return ToldChange(change, line["title"], line["detail"], reason_of(change))


def heading_of(kind: str, *, number: str) -> str:
    """What the page of a document is headed."""
    return f"{kind_word(kind)} {number}"


def document_context(facts: DocumentFacts, *, here: str) -> dict[str, Any]:
    """What stands around every tab of a document, for the templates."""
    number = facts.row.number
    account = document_account(number)
    labels = {"invoice": _("Lines"), "invoice-document": _("Document")}
    if facts.last:
        labels["invoice-changes"] = _("What changed")
    labels["invoice-electronic"] = _("E-invoice")
    labels["invoice-delivery"] = _("Delivery")
    tabs = [
        (label, reverse(name, kwargs={"number": number}), name == here)
        for name, label in labels.items()
    ]
    return {
        "facts": facts,
        "row": facts.row,
        "data": facts.data,
        "heading": heading_of(facts.row.kind, number=number),
        "account": account,
        "state_label": state_word(account.state),
        "state_tone": tone_of_state(account.state),
        "tabs": tabs,
        "groups": _groups(facts.data["lines"]),
        "is_creditable": not facts.row.is_void and bool(facts.row.credits_left),
        "is_voidable": not facts.row.is_void
        and all(note.is_void for note in facts.credit_notes)
        and not any(one.is_live and not one.is_own for one in account.allocations),
    }


def _groups(lines: list[dict[str, Any]]) -> list[LineGroup]:
    """Neighbouring lines of one contract together: the order of the printed lines stays."""
    return [
        LineGroup(contract, organization, list(found))
        for (contract, organization), found in groupby(
            lines, key=lambda line: (line["contract"], line["organization_name"])
        )
    ]
