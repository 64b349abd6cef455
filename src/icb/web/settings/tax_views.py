"""Taxes: the list, one tax with its percentages, and which day decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.providers import FROM_EVER, change_provider, current_provider
from icb.foundation.versions import version_of
from icb.kernel.errors import IcbError
from icb.organizations.inputs import NewTaxRate
from icb.organizations.queries import currencies_in_use
from icb.organizations.tax_actions import (
    add_tax_rates,
    change_tax_rate,
    remove_tax_percentage,
    set_tax_percentages,
)
from icb.organizations.tax_queries import (
    percentages_of,
    tax_rate_named,
    tax_rates,
    tax_regions,
)
from icb.web.errors import add_error
from icb.web.settings.tax_forms import (
    CATEGORY_WORDS,
    NewTaxForm,
    PercentageForm,
    TaxDayForm,
    TaxForm,
)


@page()
def taxes(request: HttpRequest) -> HttpResponseBase:
    """The taxes with what they come to today, and a new one; the currencies in use."""
    form = NewTaxForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        new = NewTaxRate(
            typed["key"],
            typed["percent"] or None,
            typed["name"],
            typed["category"],
            typed["reason"],
        )
        if _done(form, lambda: add_tax_rates([new])):
            messages.success(request, _("The tax can be chosen now."))
            if new.percent is None and new.category == "S":
                return redirect("settings-tax", key=new.key)
            return redirect("settings-taxes")
    context = {
        "form": form,
        "rows": tax_rates(),
        "categories": dict(CATEGORY_WORDS),
        "currencies": currencies_in_use(),
        "day_form": TaxDayForm(initial={"tax_day": current_provider().tax_day}),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "settings/taxes.html", context, status=status)


@require_POST
@page(Permission.MANAGE_PROVIDER)
def change_tax_day(request: HttpRequest) -> HttpResponseBase:
    """Let another day decide what taxes come to."""
    form = TaxDayForm(request.POST)
    if form.is_valid():
        change_provider(form.cleaned_data)
        messages.success(request, _("Stored. It holds for documents issued from now on."))
    return redirect("settings-taxes")


@page()
def tax(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """One tax: its name and category, and what it comes to by region and day."""
    row = tax_rate_named(key)
    stands = {"name": row.name, "category": row.category, "reason": row.reason}
    form = TaxForm(request.POST or None, initial={**stands, "seen": version_of(row[:5])})
    if request.method == "POST" and form.is_valid():
        changes = {field: form.cleaned_data[field] for field in stands}
        seen = form.cleaned_data["seen"]
        if _done(form, lambda: change_tax_rate(key, changes=changes, seen=seen)):
            messages.success(request, _("Stored. Issued documents keep what they say."))
            return redirect("settings-tax", key=key)
    return _tax_page(request, key, form=form, percentage_form=PercentageForm())


@require_POST
@page(Permission.MANAGE_ORGANIZATIONS)
def set_percentage(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Say what a tax comes to in a region from a day on."""
    row = tax_rate_named(key)
    form = PercentageForm(request.POST)
    if form.is_valid() and _done(form, lambda: set_tax_percentages([form.percentage(key)])):
        messages.success(request, _("Stored. It holds for documents from that day on."))
        return redirect("settings-tax", key=key)
    stands = {"name": row.name, "category": row.category, "reason": row.reason}
    usual = TaxForm(initial={**stands, "seen": version_of(row[:5])})
    return _tax_page(request, key, form=usual, percentage_form=form)


@require_POST
@page(Permission.MANAGE_ORGANIZATIONS)
def remove_percentage(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Remove a percentage that no document took."""
    day = request.POST.get("from_day", "")
    from_day = date.fromisoformat(day) if day else FROM_EVER
    remove_tax_percentage(key, region=request.POST.get("region", ""), from_day=from_day)
    messages.success(request, _("Removed. What was said before goes on."))
    return redirect("settings-tax", key=key)


def _tax_page(
    request: HttpRequest, key: str, *, form: TaxForm, percentage_form: PercentageForm
) -> HttpResponseBase:
    context = {
        "row": tax_rate_named(key),
        "form": form,
        "percentage_form": percentage_form,
        "percentages": percentages_of(key),
        "ever": FROM_EVER,
        "regions": tax_regions(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "settings/tax.html", context, status=status)


def _done(form: forms.Form, action: Callable[[], object]) -> bool:
    """Whether the action was taken; its refusal is told at the form."""
    try:
        action()
    except IcbError as error:
        add_error(form, error=error)
        return False
    return True
