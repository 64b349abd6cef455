"""Ours against theirs: per document, and per month and currency."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from icb.accounting.reconciliation_queries import (
    ReconciledRow,
    months,
    reconciliation_page,
)
from icb.accounting.target_queries import target_row
from icb.accounting.transfer_actions import request_reconciliation
from icb.accounting.transfer_jobs import RECONCILE
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.jobs import open_jobs
from icb.web.accounting.tabs import target_tabs
from icb.web.accounting.words import COMPARED, tone_of_compared, word
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Column, Empty, Listing, Look
from icb.web.shell.navigation import Words


def _document(row: ReconciledRow) -> str:
    return reverse("invoice", kwargs={"number": row.number})


@page()
def compare(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Every document here and there, and the sums of each month."""
    row = target_row(key)
    jobs = [job for job in open_jobs(RECONCILE) if job.payload.get("target") == key]
    context = {
        "row": row,
        "tabs": target_tabs(row, here="accounting-reconciliation"),
        "months": months(key),
        "job": next(iter(jobs), None),
        "can_be_asked": not row.takes_files,
    }
    return answer_list(request, _listing(key), **context)


@require_POST
@page(Permission.TRANSFER)
def look(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Look how everything stands there now."""
    request_reconciliation(key)
    messages.success(request, _("It is compared now. Come back in a moment."))
    return redirect("accounting-reconciliation", key=key)


def _listing(key: str) -> Listing:
    def money(name: str, label: Words) -> Column:
        return Column(
            key=name,
            label=label,
            value=lambda row: getattr(row, name),
            look=Look.MONEY,
            currency=lambda row: row.currency,
        )

    return Listing(
        key="accounting-reconciliation",
        title=lazy("Reconciliation"),
        rows=partial(reconciliation_page, target=key),
        search=lazy("Search number or organization"),
        template="accounting/reconciliation.html",
        columns=(
            Column(
                key="number", label=lazy("Document"), value=lambda row: row.number, link=_document
            ),
            Column(
                key="organization",
                label=lazy("Organization"),
                value=lambda row: row.organization_name,
            ),
            Column(
                key="issued", label=lazy("Issued"), value=lambda row: row.issued_on, look=Look.DAY
            ),
            money("ours", lazy("Here")),
            money("theirs", lazy("There")),
            money("difference", lazy("Difference")),
            Column(
                key="state",
                label=lazy("State"),
                value=lambda row: word(COMPARED, key=row.state),
                look=Look.STATE,
                choices=COMPARED,
                tone=lambda row: tone_of_compared(row.state),
            ),
            Column(
                key="currency",
                label=lazy("Currency"),
                value=lambda row: row.currency,
                is_shown=False,
            ),
            Column(
                key="checked_at",
                label=lazy("Looked at"),
                value=lambda row: row.checked_at,
                look=Look.MOMENT,
                is_filtered=False,
                is_sorted=False,
                is_shown=False,
            ),
        ),
        empty=Empty(title=lazy("No document was issued yet")),
    )
