"""The queue of messages, one message with its history, and what a person decides about it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from icb.delivery.actions import (
    Queued,
    cancel_deliveries,
    resolve_delivery,
    retry_deliveries,
    send_documents,
)
from icb.delivery.outbox import KIND
from icb.delivery.queries import delivery_counts, delivery_details
from icb.delivery.settings_queries import mail_server
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.jobs import open_jobs
from icb.kernel.errors import InvalidInput
from icb.web.delivery.queue_list import QUEUE
from icb.web.delivery.words import RESULTS, STATES, kind_word, state_word, tone_of
from icb.web.lists.answer import answer_list
from icb.web.shell.going_back import back_address

_LEFT_OUT_SHOWN = 3


@page()
def queue(request: HttpRequest) -> HttpResponseBase:
    """All messages, and how many are in each state."""
    counts = delivery_counts()
    shown = [(state, label, counts[state]) for state, label in STATES if state != "cancelled"]
    context = {
        "tabs": tabs("delivery"),
        "counts": shown,
        "has_server": mail_server() is not None,
        "job": next(iter(open_jobs(KIND)), None),
    }
    return answer_list(request, QUEUE, **context)


@page()
def message(request: HttpRequest, *, id: int) -> HttpResponseBase:
    """One message: what it said, to whom, and what happened to it."""
    details = delivery_details(id)
    row = details.row
    context = {
        "details": details,
        "row": row,
        "kind": kind_word(row.kind),
        "state_label": state_word(row.state),
        "state_tone": tone_of(row.state),
        "history": [(one, RESULTS.get(one.result, one.result)) for one in details.history],
        "is_retried": row.state in ("failed", "waiting"),
    }
    return render(request, "delivery/message.html", context)


@require_POST
@page(Permission.DELIVER)
def send(request: HttpRequest) -> HttpResponseBase:
    """Queue the picked documents, from the list of issued ones."""
    queued = send_documents(request.POST.getlist("row"))
    tell_queued(request, queued)
    return redirect("delivery")


@require_POST
@page(Permission.DELIVER)
def retry(request: HttpRequest) -> HttpResponseBase:
    """Try messages again at once."""
    ids = _picked(request)
    retry_deliveries(ids)
    text = ngettext("It is tried again now.", "%(count)s are tried again now.", len(ids))
    messages.success(request, text % {"count": len(ids)})
    return redirect(back_address(request, usual=reverse("delivery")))


@require_POST
@page(Permission.DELIVER)
def cancel(request: HttpRequest) -> HttpResponseBase:
    """Let messages not be sent any more."""
    count = cancel_deliveries(_picked(request))
    text = ngettext("It is not sent.", "%(count)s are not sent.", count)
    messages.success(request, text % {"count": count})
    return redirect(back_address(request, usual=reverse("delivery")))


@require_POST
@page(Permission.DELIVER)
def resolve(request: HttpRequest, *, id: int) -> HttpResponseBase:
    """Say what became of a message whose answer was lost."""
    answer = request.POST.get("answer", "")
    if answer not in ("arrived", "lost"):
        raise InvalidInput(
            field="answer", message=_("answer: say whether it arrived. Nothing was changed.")
        )
    resolve_delivery(id, has_arrived=answer == "arrived")
    text = _("It counts as sent.") if answer == "arrived" else _("It is sent again now.")
    messages.success(request, text)
    return redirect("delivery-message", id=id)


def tell_queued(request: HttpRequest, queued: Queued) -> None:
    """Say how many were queued, and what was left out."""
    count = len(queued.numbers)
    text = ngettext("It is sent now.", "%(count)s documents are sent now.", count)
    messages.success(request, text % {"count": count})
    for words in queued.left_out[:_LEFT_OUT_SHOWN]:
        messages.warning(request, words)
    if mail_server() is None:
        messages.warning(request, _("There is no mail server yet: the messages wait for it."))


def tabs(here: str) -> list[tuple[str, str, bool]]:
    """The tabs of the screen."""
    labels = {
        "delivery": _("Queue"),
        "bounces": _("Bounces"),
        "message-templates": _("Messages"),
        "mail-server": _("Mail server"),
    }
    return [(label, reverse(name), name == here) for name, label in labels.items()]


def _picked(request: HttpRequest) -> list[int]:
    found = [int(text) for text in request.POST.getlist("row") if text.isdecimal()]
    if not found:
        raise InvalidInput(
            field="row", message=_("row: nothing is picked. Nothing was changed. Pick rows first.")
        )
    return found
