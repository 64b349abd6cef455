"""The tab of a document: the messages and links by which it left, and new ones."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from icb.delivery.actions import remind, resend_document, send_documents
from icb.delivery.link_actions import make_link, revoke_link
from icb.delivery.link_queries import links_of
from icb.delivery.queries import deliveries_of
from icb.delivery.settings_queries import recipients_of, usual
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.invoicing.document_queries import document_facts
from icb.kernel.errors import InvalidInput, NotFound
from icb.web.delivery.forms import LinkForm
from icb.web.delivery.queue_views import tell_queued
from icb.web.delivery.words import LINK_STATES, kind_word, state_word, tone_of
from icb.web.invoices.document_views import canonical, document_context
from icb.web.sign_in.addresses import base_url

_TAB = "invoice-delivery"


@page()
def invoice_delivery(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """The messages about a document, its links, and what can be sent."""
    return _answer(request, number)


@require_POST
@page(Permission.DELIVER)
def send(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """Send a document, for the first time or once more, or remind of it."""
    found = canonical(number)
    wanted = request.POST.get("what", "")
    if wanted == "send":
        tell_queued(request, send_documents([found]))
    elif wanted == "resend":
        resend_document(found)
        messages.success(request, _("It is sent once more."))
    elif wanted == "remind":
        remind(found)
        messages.success(request, _("The reminder is sent now."))
    else:
        raise InvalidInput(field="what", message=_("what: nothing is asked. Nothing was sent."))
    return redirect(_TAB, number=found)


@require_POST
@page(Permission.DELIVER)
def link(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """Make a link; its address is shown on this one answer, and nowhere again."""
    found = canonical(number)
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _answer(request, found, form=form, status=422)
    made = make_link(found, base_url=base_url(request), days=form.cleaned_data["days"])
    return _answer(request, found, made=made)


@require_POST
@page(Permission.DELIVER)
def revoke(request: HttpRequest, *, number: str, id: int) -> HttpResponseBase:
    """Let a link work no more."""
    found = canonical(number)
    if id not in {row.id for row in links_of(found)}:
        raise NotFound("unknown_link", _("There is no such link. Nothing was changed."))
    revoke_link(id)
    messages.success(request, _("The link works no more."))
    return redirect(_TAB, number=found)


def _answer(
    request: HttpRequest,
    number: str,
    *,
    form: LinkForm | None = None,
    made: str = "",
    status: int = 200,
) -> HttpResponseBase:
    facts = document_facts(canonical(number))
    rows = deliveries_of(facts.row.number)
    of_kind = [row for row in rows if row.kind == facts.row.kind]
    context = document_context(facts, here=_TAB) | {
        "deliveries": [
            (row, kind_word(row.kind), state_word(row.state), tone_of(row.state)) for row in rows
        ],
        "links": [(row, LINK_STATES[row.state]) for row in links_of(facts.row.number)],
        "is_sent_before": bool(of_kind),
        "is_free": not any(row.is_live for row in of_kind) and not facts.row.is_void,
        "is_reminded": facts.row.kind == "invoice" and not facts.row.is_void,
        "recipients": recipients_of(facts.row.organization),
        "form": form or LinkForm(initial={"days": usual().link_days}),
        "made": made,
    }
    return render(request, "delivery/invoice.html", context, status=status)
