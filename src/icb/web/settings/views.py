"""Settings: the provider, its days, taxes, numbers and schedules."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.providers import (
    change_provider,
    current_provider,
    details_of,
    provider_days,
    set_timezone,
)
from icb.foundation.tax_numbers import tax_number_problem
from icb.invoicing.numbering_actions import set_numbering, unlock_issuing
from icb.invoicing.numbering_queries import is_issuing_locked, number_series
from icb.kernel.errors import IcbError
from icb.operations.syncing.standing import standings
from icb.web.errors import add_error
from icb.web.settings.forms import NumberingForm, ProfileForm, UnlockForm, ZoneForm
from icb.web.shell.navigation import Words

_KINDS = {"invoice": gettext_lazy("Invoices"), "credit_note": gettext_lazy("Credit notes")}


class Card(NamedTuple):
    """One thing that can be set, and where."""

    label: Words
    text: Words
    view: str
    icon: str


_CARDS = (
    Card(
        gettext_lazy("Provider profile"),
        gettext_lazy("Name, address and bank account on documents; the time zone."),
        "settings-profile",
        "building",
    ),
    Card(
        gettext_lazy("Users and roles"),
        gettext_lazy("Who may do what; invitations; second factor."),
        "users",
        "users",
    ),
    Card(
        gettext_lazy("Modules and push tokens"),
        gettext_lazy("Credentials, tokens, and when a count is held as absurd."),
        "modules",
        "plug-connected",
    ),
    Card(
        gettext_lazy("Services"),
        gettext_lazy("What is sold: catalogue prices, costs and taxes."),
        "services",
        "briefcase",
    ),
    Card(
        gettext_lazy("Taxes and currencies"),
        gettext_lazy("What is charged where and since when; reverse charge; exempt goods."),
        "settings-taxes",
        "percentage",
    ),
    Card(
        gettext_lazy("Numbering"),
        gettext_lazy("How numbers of invoices and credit notes look."),
        "settings-numbering",
        "file-invoice",
    ),
    Card(
        gettext_lazy("Document templates"),
        gettext_lazy("How invoices look: logo, colours, columns, texts and annexes."),
        "document-templates",
        "file-text",
    ),
    Card(
        gettext_lazy("Approvals"),
        gettext_lazy("When a second person has to approve posting."),
        "settings-approvals",
        "shield-check",
    ),
    Card(
        gettext_lazy("Mail server"),
        gettext_lazy("Who takes your messages, and how documents are usually sent."),
        "mail-server",
        "send",
    ),
    Card(
        gettext_lazy("Messages"),
        gettext_lazy("What messages with documents say, in each language."),
        "message-templates",
        "mail",
    ),
    Card(
        gettext_lazy("Schedules"),
        gettext_lazy("When each module is asked, and what runs by itself."),
        "settings-schedules",
        "clock",
    ),
    Card(
        gettext_lazy("Audit log"), gettext_lazy("Who changed what, sealed."), "audit-log", "history"
    ),
)


@page()
def settings(request: HttpRequest) -> HttpResponseBase:
    """What can be set, and where."""
    cards = [(card, address) for card in _CARDS if (address := _address(card.view))]
    return render(request, "settings/settings.html", {"cards": cards})


@page()
def profile(request: HttpRequest) -> HttpResponseBase:
    """What stands on documents about the provider."""
    stored, zones = details_of(current_provider()), provider_days().zones
    form = ProfileForm(request.POST or None, initial=stored)
    if request.method == "POST" and form.is_valid():
        changes = {field: form.cleaned_data[field] for field in form.changed_data}
        if _done(form, lambda: change_provider(changes)):
            messages.success(request, _("Stored. Documents issued from now on say so."))
            typed = form.cleaned_data
            problem = tax_number_problem(typed["tax_number"], country=typed["country"])
            if problem:
                messages.warning(request, problem)
            return redirect("settings-profile")
    context = {"zone_form": ZoneForm(initial={"zone": zones[-1][1]}), "zones": zones}
    return _answer(request, "settings/profile.html", form=form, **context)


@require_POST
@page(Permission.MANAGE_PROVIDER)
def change_zone(request: HttpRequest) -> HttpResponseBase:
    """Let another clock decide the provider's days from a day on."""
    form = ZoneForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        if _done(form, lambda: set_timezone(said["zone"], from_day=said["from_day"])):
            messages.success(request, _("Stored. Days before it stay what they were."))
            return redirect("settings-profile")
    stored = details_of(current_provider())
    context = {"zone_form": form, "zones": provider_days().zones}
    return _answer(request, "settings/profile.html", form=ProfileForm(initial=stored), **context)


@page()
def numbering(request: HttpRequest) -> HttpResponseBase:
    """How the numbers of documents look, and which come next."""
    series = [
        (row, _KINDS[row.kind], _numbering_form(row.kind, request, stored=row._asdict()))
        for row in number_series()
    ]
    unlock = UnlockForm(request.POST if request.POST.get("kind") == "unlock" else None)
    if request.method == "POST":
        for row, _label, form in series:
            if form.is_bound and form.is_valid() and _set_numbering(row.kind, form):
                messages.success(request, _("Stored. The next number looks like this."))
                return redirect("settings-numbering")
        is_sent = unlock.is_bound and unlock.is_valid()
        if is_sent and _done(unlock, lambda: unlock_issuing(unlock.cleaned_data)):
            messages.success(request, _("Issuing goes on behind these numbers."))
            return redirect("settings-numbering")
    bound = next((form for _row, _label, form in series if form.is_bound), unlock)
    context = {"series": series, "unlock": unlock, "is_locked": is_issuing_locked()}
    return _answer(request, "settings/numbering.html", form=bound, **context)


@page()
def schedules(request: HttpRequest) -> HttpResponseBase:
    """When each module is asked next, and what else runs by itself."""
    return render(request, "settings/schedules.html", {"rows": standings()})


def _numbering_form(kind: str, request: HttpRequest, *, stored: dict[str, object]) -> NumberingForm:
    data = request.POST if request.POST.get("kind") == kind else None
    form = NumberingForm(data, initial=stored, auto_id=f"id_{kind}_%s")
    if stored["is_in_use"]:
        del form.fields["first_number"]
    return form


def _set_numbering(kind: str, form: NumberingForm) -> bool:
    said = form.cleaned_data
    return _done(
        form,
        lambda: set_numbering(
            kind,
            prefix=said["prefix"],
            digits=said["digits"],
            first_number=said.get("first_number"),
        ),
    )


def _done(form: forms.Form, action: Callable[[], object]) -> bool:
    """Whether the action was taken; its refusal is told at the form."""
    try:
        action()
    except IcbError as error:
        add_error(form, error=error)
        return False
    return True


def _answer(
    request: HttpRequest, template: str, *, form: forms.Form, **context: object
) -> HttpResponseBase:
    status = 422 if request.method == "POST" else 200
    return render(request, template, {"form": form, **context}, status=status)


def _address(view: str) -> str:
    try:
        return reverse(view)
    except NoReverseMatch:
        return ""
