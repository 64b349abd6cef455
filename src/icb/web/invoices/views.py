"""Items to invoice and how they are processed; the documents that were issued; their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.jobs import JobRow
from icb.foundation.listing import Wanted
from icb.invoicing.document_queries import document_currencies, number_check
from icb.invoicing.waiting_queries import Payer, WaitingRow, issue_plan, missing_taxes, waiting_page
from icb.kernel.errors import InvalidInput
from icb.operations.issuing_run import AT_ONCE, start_issuing
from icb.payments.account_queries import ListedDocument, document_page
from icb.web.document_templates.forms import template_choices
from icb.web.invoices.words import KINDS, STATES, kind_word, state_word, tone_of_state
from icb.web.lists.answer import answer_list
from icb.web.lists.asked import wanted_of
from icb.web.lists.columns import Bulk, Column, Empty, Listing, Look
from icb.web.shell.navigation import Words

SHOWN_DOCUMENTS = 200
"""So many of the documents that will be issued are listed; the totals count them all."""


def organization_address(key: str) -> str:
    """The page of an organization."""
    return reverse("organization", kwargs={"key": key})


def _preview_address(row: WaitingRow) -> str:
    words = {"organization": row.key, "currency": row.currency}
    return reverse("invoices-preview", kwargs=words)


def _invoice_address(row: ListedDocument) -> str:
    return reverse("invoice", kwargs={"number": row.number})


def _currencies() -> list[tuple[str, str]]:
    return [(currency, currency) for currency in document_currencies()]


def _waiting_currencies() -> list[tuple[str, str]]:
    rows = waiting_page(Wanted(size=0)).rows
    return [(currency, currency) for currency in sorted({row.currency for row in rows})]


def _amount(key: str, label: Words, *, is_shown: bool = True) -> Column:
    return Column(
        key=key,
        label=label,
        value=attrgetter(key),
        look=Look.MONEY,
        currency=lambda row: row.currency,
        is_shown=is_shown,
    )


ITEMS_TO_INVOICE = Listing(
    key="items-to-invoice",
    title=lazy("Items to invoice"),
    rows=waiting_page,
    row_id=lambda row: f"{row.currency} {row.key}",
    search=lazy("Search organization or key"),
    columns=(
        Column(
            key="organization",
            label=lazy("Organization"),
            value=lambda row: row.name,
            link=lambda row: organization_address(row.key),
        ),
        Column(key="key", label=lazy("Key"), value=lambda row: row.key, is_shown=False),
        Column(key="items", label=lazy("Items"), value=lambda row: row.items, look=Look.NUMBER),
        Column(
            key="oldest", label=lazy("Oldest period"), value=lambda row: row.oldest, look=Look.DAY
        ),
        Column(
            key="credits",
            label=lazy("Of it credits"),
            value=lambda row: row.credits,
            look=Look.MONEY,
            currency=lambda row: row.currency,
            is_shown=False,
        ),
        Column(
            key="estimated",
            label=lazy("With estimated days"),
            value=lambda row: row.estimated,
            look=Look.NUMBER,
            is_shown=False,
        ),
        Column(
            key="net",
            label=lazy("Net"),
            value=lambda row: row.net,
            look=Look.MONEY,
            currency=lambda row: row.currency,
        ),
        Column(
            key="currency",
            label=lazy("Currency"),
            value=lambda row: row.currency,
            choices=_waiting_currencies,
            is_shown=False,
        ),
    ),
    bulk=(
        Bulk(
            label=lazy("Process"),
            address="/invoices/process",
            permission=Permission.ISSUE,
        ),
    ),
    empty=Empty(
        title=lazy("No items to invoice"),
        text=lazy("Everything that was posted is on a document. Post drafts to invoice them."),
        label=lazy("Approve and Post"),
        address="/approve-and-post",
    ),
    actions="invoices/preview_link.html",
    template="invoices/to_invoice.html",
)

ISSUED = Listing(
    key="invoices",
    title=lazy("Issued"),
    rows=document_page,
    search=lazy("Search number or organization"),
    row_id=lambda row: row.number,
    bulk=(
        Bulk(
            label=lazy("Send"),
            address="/delivery/send",
            permission=Permission.DELIVER,
            confirm=lazy("The picked documents are sent to their organizations now."),
        ),
    ),
    columns=(
        Column(
            key="number", label=lazy("Number"), value=lambda row: row.number, link=_invoice_address
        ),
        Column(
            key="kind",
            label=lazy("Kind"),
            value=lambda row: kind_word(row.kind),
            choices=KINDS,
        ),
        Column(
            key="organization",
            label=lazy("Organization"),
            value=lambda row: row.name,
            link=lambda row: organization_address(row.organization),
        ),
        Column(
            key="issued", label=lazy("Issue date"), value=lambda row: row.issued_on, look=Look.DAY
        ),
        Column(key="due", label=lazy("Due"), value=lambda row: row.due_on, look=Look.DAY),
        _amount("net", lazy("Net"), is_shown=False),
        _amount("tax", lazy("Tax"), is_shown=False),
        _amount("total", lazy("Total")),
        _amount("open", lazy("Open")),
        Column(
            key="state",
            label=lazy("State"),
            value=lambda row: state_word(row.state),
            look=Look.STATE,
            choices=STATES,
            tone=lambda row: tone_of_state(row.state),
        ),
        Column(
            key="currency",
            label=lazy("Currency"),
            value=lambda row: row.currency,
            choices=_currencies,
            is_shown=False,
        ),
        Column(key="by", label=lazy("Issued by"), value=lambda row: row.actor, is_shown=False),
    ),
    empty=Empty(
        title=lazy("No document was issued yet"),
        text=lazy("Posted items become invoices and credit notes when they are processed."),
        label=lazy("Items to invoice"),
        address="/invoices",
    ),
    template="invoices/issued.html",
)


@page()
def items_to_invoice(request: HttpRequest) -> HttpResponseBase:
    """The posted items on no invoice, by who is billed and currency."""
    context = {
        "tabs": tabs("invoices"),
        "all_address": _all_address(request),
        "tax_problems": missing_taxes().told(),
    }
    return answer_list(request, ITEMS_TO_INVOICE, **context)


@page()
def issued(request: HttpRequest) -> HttpResponseBase:
    """All invoices and credit notes."""
    return answer_list(request, ISSUED, tabs=tabs("invoices-issued"))


@page()
def numbers(request: HttpRequest) -> HttpResponseBase:
    """Whether the numbers of each series follow each other."""
    context = {"tabs": tabs("invoices-numbers"), "checks": number_check()}
    return render(request, "invoices/numbers.html", context)


@page(Permission.ISSUE)
def process(request: HttpRequest) -> HttpResponseBase:
    """What processing will issue: of the picked payers, or of all that fit the list's filter."""
    is_picked = request.method == "POST"
    payers = _payers(request.POST.getlist("row")) if is_picked else _payers_that_fit(request.GET)
    plan = issue_plan(payers)
    context = {
        "plan": plan,
        "rows": request.POST.getlist("row"),
        "query": request.GET.urlencode(),
        "is_long": len(payers) > AT_ONCE,
        "shown": plan.documents[:SHOWN_DOCUMENTS],
        "rest": max(len(plan.documents) - SHOWN_DOCUMENTS, 0),
        "templates": template_choices(_("As chosen for each organization")),
    }
    return render(request, "invoices/process.html", context)


@require_POST
@page(Permission.ISSUE)
def issue(request: HttpRequest) -> HttpResponseBase:
    """Issue what was shown, at once or as a job; refused where anything changed since."""
    rows = request.POST.getlist("row")
    asked = QueryDict(request.POST.get("query", ""))
    payers = _payers_that_fit(asked) if "query" in request.POST else _payers(rows)
    seen, template = (request.POST.get(name, "") for name in ("seen", "template"))
    made = start_issuing(payers, seen=seen, template=template)
    if isinstance(made, JobRow):
        messages.success(request, _("Issuing is a job now. It can be left."))
        return redirect("job", id=made.id)
    if not made:
        messages.info(request, _("Nothing was issued: lines of 0.00 alone make no document."))
        return redirect("invoices")
    words = {"count": len(made), "first": made[0].number, "last": made[-1].number}
    text = ngettext(
        "%(first)s was issued.",
        "%(count)d documents were issued: %(first)s to %(last)s.",
        len(made),
    )
    messages.success(request, text % words)
    if len(made) == 1:
        return redirect("invoice", number=made[0].number)
    return redirect("invoices-issued")


def tabs(here: str) -> list[tuple[str, str, bool]]:
    """The tabs of the screen."""
    labels = {
        "invoices": _("Items to invoice"),
        "invoices-issued": _("Issued"),
        "invoices-numbers": _("Numbers"),
    }
    return [(label, reverse(name), name == here) for name, label in labels.items()]


def _payers_that_fit(query: QueryDict) -> list[Payer]:
    """Those of the list that fit its search and filters, on all its pages."""
    wanted = wanted_of(ITEMS_TO_INVOICE, query=query).everything()
    return [row.payer for row in waiting_page(wanted).rows]


def _payers(rows: Sequence[str]) -> list[Payer]:
    found = []
    for row in rows:
        currency, _space, organization = row.partition(" ")
        if not currency or not organization:
            raise InvalidInput(
                field="row",
                value=row,
                message=_(
                    "row: %(row)s names nobody who is billed. Nothing was issued. Pick the rows "
                    "on the list again."
                )
                % {"row": row[:80]},
            )
        found.append(Payer(organization, currency))
    if not found:
        raise InvalidInput(
            field="row", message=_("row: nothing is picked. Nothing was issued. Pick rows first.")
        )
    return found


def _all_address(request: HttpRequest) -> str:
    query: Any = request.GET.copy()
    for name in ("page", "size", "sort", "columns", "as"):
        query.pop(name, None)
    return f"{reverse('invoices-process')}?{query.urlencode()}"
