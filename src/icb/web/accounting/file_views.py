"""Documents that were not handed over, and the files of a target that takes files."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from icb.accounting.file_actions import make_files, undo_file
from icb.accounting.target_queries import batch_file, batches, target_row
from icb.accounting.transfer_actions import queue_documents
from icb.accounting.transfer_queries import OpenDocument, not_handed_page, transfer_standing
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.kernel.errors import IcbError, without_commands
from icb.web.accounting.picking import picked_texts
from icb.web.accounting.tabs import target_tabs
from icb.web.accounting.words import KINDS, word
from icb.web.errors import status_of
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Bulk, Column, Empty, Listing, Look


def _document(row: OpenDocument) -> str:
    return reverse("invoice", kwargs={"number": row.number})


@page()
def not_handed(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Documents that are neither there nor on their way."""
    row = target_row(key)
    context = {"row": row, "tabs": target_tabs(row, here="accounting-not-handed")}
    return answer_list(request, _listing(key), **context)


@require_POST
@page(Permission.TRANSFER)
def hand_over(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Queue the picked documents."""
    count = queue_documents(key, numbers=picked_texts(request))
    text = ngettext("It was handed over.", "%(count)s were handed over.", count)
    messages.success(request, text % {"count": count})
    return redirect("accounting-not-handed", key=key)


@page()
def files(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """The files that were made, and how much waits for the next one."""
    row = target_row(key)
    counts = {one.state: one.transfers for one in transfer_standing() if one.target == key}
    context = {
        "row": row,
        "tabs": target_tabs(row, here="accounting-files"),
        "batches": batches(key),
        "waiting": counts.get("waiting", 0),
        "refused": counts.get("refused", 0),
    }
    return render(request, "accounting/files.html", context)


@require_POST
@page(Permission.TRANSFER)
def make(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Write what waits to files."""
    made = make_files(key)
    if not made:
        messages.warning(request, _("Nothing that can be written waits. See the refused ones."))
    for one in made:
        text = ngettext(
            "%(name)s was made: one document.",
            "%(name)s was made: %(count)s documents.",
            one.documents,
        )
        messages.success(request, text % {"name": one.name, "count": one.documents})
    return redirect("accounting-files", key=key)


@page()
def download(request: HttpRequest, *, key: str, sequence: int) -> HttpResponseBase:
    """A file as it was made."""
    found = batch_file(key, sequence=sequence)
    answer = HttpResponse(found.content, content_type=found.content_type)
    answer["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return answer


@page(Permission.TRANSFER)
def undo(request: HttpRequest, *, key: str, sequence: int) -> HttpResponseBase:
    """Take a file back: asked why, then done."""
    row, error, status = target_row(key), "", 200
    reason = request.POST.get("reason", "")
    if request.method == "POST":
        try:
            count = undo_file(key, sequence=sequence, reason=reason)
        except IcbError as problem:
            error, status = without_commands(problem.message), status_of(problem)
        else:
            text = ngettext(
                "One document waits for the next file.",
                "%(count)s documents wait for the next file.",
                count,
            )
            messages.success(request, text % {"count": count})
            return redirect("accounting-files", key=key)
    found = batch_file(key, sequence=sequence)
    context = {"row": row, "name": found.name, "reason": reason, "error": error}
    return render(request, "accounting/undo.html", context, status=status)


def _listing(key: str) -> Listing:
    return Listing(
        key="accounting-not-handed",
        title=lazy("Not handed over"),
        rows=partial(not_handed_page, target=key),
        search=lazy("Search number or organization"),
        row_id=lambda row: row.number,
        template="accounting/not_handed.html",
        columns=(
            Column(
                key="number", label=lazy("Document"), value=lambda row: row.number, link=_document
            ),
            Column(
                key="kind",
                label=lazy("Kind"),
                value=lambda row: word(KINDS, key=row.kind),
                choices=KINDS,
            ),
            Column(
                key="organization",
                label=lazy("Organization"),
                value=lambda row: row.organization_name,
            ),
            Column(
                key="issued", label=lazy("Issued"), value=lambda row: row.issued_on, look=Look.DAY
            ),
            Column(
                key="total",
                label=lazy("Total"),
                value=lambda row: row.total,
                look=Look.MONEY,
                currency=lambda row: row.currency,
            ),
            Column(
                key="currency",
                label=lazy("Currency"),
                value=lambda row: row.currency,
                is_shown=False,
            ),
        ),
        bulk=(
            Bulk(
                label=lazy("Hand over"),
                address=f"/accounting/targets/{key}/hand-over",
                permission=Permission.TRANSFER,
            ),
        ),
        empty=Empty(title=lazy("Everything was handed over")),
    )
