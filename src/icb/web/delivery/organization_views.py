"""The tab of an organization: who gets its messages, and when its documents are sent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from icb.delivery.bounce_queries import bouncing
from icb.delivery.settings_actions import (
    add_recipient,
    change_recipient,
    choose_for_organization,
    remove_recipient,
)
from icb.delivery.settings_queries import RecipientRow, choice_of, recipients_of, usual
from icb.delivery.statement_actions import send_statement
from icb.foundation.access import page
from icb.foundation.actor import Permission, require
from icb.kernel.errors import InvalidInput, NotFound
from icb.kernel.languages import LANGUAGES
from icb.web.delivery.forms import ChoiceForm, RecipientForm, StatementForm
from icb.web.delivery.words import PLACES, kind_word
from icb.web.fields.attempts import attempt
from icb.web.organizations.page import organization_context

_TAB = "organization-delivery"
_ANSWERS = {"": None, "yes": True, "no": False}


@page()
def recipients(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Who gets an organization's messages; a POST names another address."""
    form = RecipientForm(request.POST or None)
    if request.method == "POST":
        require(Permission.MANAGE_ORGANIZATIONS)
        tried = attempt(form, act=lambda: add_recipient(key, new=form.new()))
        if tried:
            messages.success(request, _("The address gets messages from now on."))
            return redirect(_TAB, key=key)
        return _answer(request, key, status=tried.status, form=form)
    return _answer(request, key, form=form)


@page(Permission.MANAGE_ORGANIZATIONS)
def recipient(request: HttpRequest, *, key: str, id: int) -> HttpResponseBase:
    """One address: what it gets, and where it stands."""
    context = organization_context(key, tab=_TAB)
    row = _recipient(key, id)
    form = RecipientForm(request.POST or None, initial={**row._asdict(), "kinds": list(row.kinds)})
    status = 200
    if request.method == "POST":
        tried = attempt(form, act=lambda: change_recipient(id, new=form.new()))
        if tried:
            messages.success(request, _("Stored."))
            return redirect(_TAB, key=key)
        status = tried.status
    more = {"form": form, "recipient": row}
    return render(request, "delivery/recipient.html", context | more, status=status)


@require_POST
@page(Permission.MANAGE_ORGANIZATIONS)
def remove(request: HttpRequest, *, key: str, id: int) -> HttpResponseBase:
    """Let an address get no more messages."""
    _recipient(key, id)
    remove_recipient(id)
    messages.success(request, _("The address gets no more messages."))
    return redirect(_TAB, key=key)


@require_POST
@page(Permission.MANAGE_ORGANIZATIONS)
def choose(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Say when an organization's documents are sent."""
    form = ChoiceForm(request.POST)
    tried = attempt(
        form,
        act=lambda: choose_for_organization(key, on_issue=_ANSWERS[form.cleaned_data["on_issue"]]),
    )
    if tried:
        messages.success(request, _("Stored."))
        return redirect(_TAB, key=key)
    return _answer(request, key, status=tried.status, choice_form=form)


@require_POST
@page(Permission.DELIVER)
def send_account(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Send the statement of account that the page shows."""
    form = StatementForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(field="statement", message=_("Give the days again. Nothing was sent."))
    send_statement(key, **form.cleaned_data)
    messages.success(request, _("The statement is sent now."))
    return redirect("delivery")


def _answer(request: HttpRequest, key: str, *, status: int = 200, **forms: Any) -> HttpResponseBase:
    context = organization_context(key, tab=_TAB)
    rows = recipients_of(key)
    email = context["row"].email
    reasons = bouncing([email, *(row.address for row in rows)])
    places = dict(PLACES)
    chosen = {None: "", True: "yes", False: "no"}[choice_of(key)]
    context |= {
        "form": RecipientForm(),
        "choice_form": ChoiceForm(initial={"on_issue": chosen}),
        "is_usual_on_issue": usual().on_issue,
        "own_reason": reasons.get(email.lower(), ""),
        "recipients": [
            {
                "row": row,
                "place": places[row.place],
                "kinds": ", ".join(kind_word(kind) for kind in row.kinds),
                "language": LANGUAGES.get(row.language, ""),
                "reason": reasons.get(row.address.lower(), ""),
            }
            for row in rows
        ],
    }
    return render(request, "delivery/recipients.html", context | forms, status=status)


def _recipient(key: str, id: int) -> RecipientRow:
    for row in recipients_of(key):
        if row.id == id:
            return row
    raise NotFound("unknown_recipient", _("There is no such address. Nothing was changed."))
