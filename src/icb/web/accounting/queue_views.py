"""The queue of transfers, one transfer with its history, and what a person decides about it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from icb.accounting.target_queries import target_rows
from icb.accounting.transfer_actions import (
    RESETTABLE,
    RETRIABLE,
    look_again,
    request_transfer,
    reset_transfers,
    retry_transfers,
)
from icb.accounting.transfer_jobs import TRANSFER
from icb.accounting.transfer_queries import transfer, transfer_events, transfer_standing
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.jobs import open_jobs
from icb.kernel.errors import IcbError, without_commands
from icb.web.accounting.picking import picked
from icb.web.accounting.queue_list import QUEUE
from icb.web.accounting.tabs import tabs
from icb.web.accounting.words import ACTS, KINDS, STATES, tone_of, word
from icb.web.errors import status_of
from icb.web.lists.answer import answer_list
from icb.web.shell.going_back import back_address

_COUNTED = ("waiting", "unknown", "refused", "mismatch", "sent")


@page()
def queue(request: HttpRequest) -> HttpResponseBase:
    """All transfers, and how many are in each state."""
    counts = dict.fromkeys(_COUNTED, 0)
    for one in transfer_standing():
        if one.state in counts:
            counts[one.state] += one.transfers
    rows = target_rows()
    context = {
        "tabs": tabs("accounting"),
        "counts": [(state, word(STATES, key=state), count) for state, count in counts.items()],
        "troubled": [row for row in rows if row.trouble],
        "online": [row for row in rows if row.is_enabled and not row.takes_files],
        "job": next(iter(open_jobs(TRANSFER)), None),
    }
    return answer_list(request, QUEUE, **context)


@page()
def show(request: HttpRequest, *, id: int) -> HttpResponseBase:
    """One transfer: both figures, why it stands as it does, and what happened to it."""
    row = transfer(id)
    context = {
        "row": row,
        "state": word(STATES, key=row.state),
        "tone": tone_of(row.state),
        "kind": word(KINDS, key=row.kind),
        "act": word(ACTS, key=row.act),
        "events": [
            (one, word(STATES, key=one.state), tone_of(one.state)) for one in transfer_events(id)
        ],
        "is_retried": row.state in RETRIABLE,
        "is_looked_at": row.state == "mismatch",
        "is_reset": row.state in RESETTABLE,
    }
    return render(request, "accounting/transfer.html", context)


@require_POST
@page(Permission.TRANSFER)
def send_now(request: HttpRequest) -> HttpResponseBase:
    """Send what is due, for every target that is sent to."""
    begun = 0
    for row in target_rows():
        if row.is_enabled and not row.takes_files and not row.trouble:
            request_transfer(row.key)
            begun += 1
    if begun:
        messages.success(request, _("What is due is sent now."))
    else:
        messages.warning(request, _("There is no target that anything can be sent to now."))
    return redirect("accounting")


@require_POST
@page(Permission.TRANSFER)
def retry(request: HttpRequest) -> HttpResponseBase:
    """Let transfers go again at once."""
    count = retry_transfers(picked(request))
    text = ngettext("It goes again now.", "%(count)s go again now.", count)
    messages.success(request, text % {"count": count})
    return redirect(back_address(request, usual=reverse("accounting")))


@require_POST
@page(Permission.TRANSFER)
def look(request: HttpRequest) -> HttpResponseBase:
    """Look again how documents stand that differed."""
    count = look_again(picked(request))
    text = ngettext("It is looked at now.", "%(count)s are looked at now.", count)
    messages.success(request, text % {"count": count})
    return redirect(back_address(request, usual=reverse("accounting")))


@require_POST
@page(Permission.TRANSFER)
def reset(request: HttpRequest) -> HttpResponseBase:
    """Take back that documents were transferred: first asked why, then done."""
    ids = picked(request)
    rows = [transfer(id) for id in ids]
    back = back_address(request, usual=reverse("accounting"))
    reason, error, status = request.POST.get("reason", ""), "", 200
    if "reason" in request.POST:
        try:
            count = reset_transfers(
                ids, reason=reason, is_sent_again=request.POST.get("again") == "yes"
            )
        except IcbError as problem:
            error, status = without_commands(problem.message), status_of(problem)
        else:
            text = ngettext("It was reset.", "%(count)s were reset.", count)
            messages.success(request, text % {"count": count})
            return redirect(back)
    context = {
        "rows": [(row, word(STATES, key=row.state), row.state in RESETTABLE) for row in rows],
        "next": back,
        "reason": reason,
        "error": error,
    }
    return render(request, "accounting/reset.html", context, status=status)
