"""Manual items: added, and changed or removed while they are drafts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from icb.billing.manual_actions import change_manual_item, remove_manual_item
from icb.billing.manual_queries import manual_item
from icb.billing.posting import add_manual_item
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.providers import local_today
from icb.organizations.queries import tax_rates
from icb.web.fields.attempts import attempt, take_up


class ManualForm(forms.Form):
    """What a manual item says."""

    amount = forms.CharField(
        label=lazy("Amount"),
        help_text=lazy("In the contract's currency; with a minus it is a credit."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    tax = forms.ChoiceField(label=lazy("Tax rate"), required=False)
    reason = forms.CharField(
        label=lazy("Reason"), max_length=500, help_text=lazy("It stands on the invoice.")
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["tax"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("None"))] + [(one.key, one.name) for one in tax_rates()]


class NewManualForm(ManualForm):
    """A manual item, and the contract it goes on."""

    contract = forms.CharField(label=lazy("Contract"), help_text=lazy("The contract's key."))
    on = forms.DateField(
        label=lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    field_order = ("contract", "on", "amount", "tax", "reason")


@page(Permission.BILL)
def new_manual_item(request: HttpRequest) -> HttpResponseBase:
    """Add a manual item."""
    usual = {"on": local_today(), "contract": request.GET.get("contract", "")}
    form = NewManualForm(request.POST or None, initial=usual)
    if request.method != "POST":
        return _form(request, form)
    tried = attempt(form, act=lambda: _add(form))
    if not tried:
        return _form(request, form, status=tried.status)
    messages.success(request, _("The manual item is a draft now."))
    return redirect("manual-items")


@page(Permission.BILL)
def edit_manual_item(request: HttpRequest, *, id: int) -> HttpResponseBase:
    """Change a manual item while it is a draft, not over what somebody else changed meanwhile."""
    row = manual_item(id)
    usual = {"amount": row.amount, "tax": row.tax, "reason": row.reason, "seen": row.version}
    form = ManualForm(request.POST or None, initial=usual)
    if request.method != "POST":
        return _form(request, form, row=row)
    tried = attempt(form, act=lambda: change_manual_item(id, **form.cleaned_data))
    if tried:
        messages.success(request, _("The manual item was changed."))
        return redirect("manual-items")
    if tried.is_overtaken:
        take_up(form, seen=row.version)
    return _form(request, form, row=row, is_overtaken=tried.is_overtaken, status=tried.status)


@require_POST
@page(Permission.BILL)
def delete_manual_item(request: HttpRequest, *, id: int) -> HttpResponseBase:
    """Remove a manual item while it is a draft."""
    remove_manual_item(id)
    messages.success(request, _("The manual item was removed."))
    return redirect("manual-items")


def _add(form: NewManualForm) -> None:
    known = form.cleaned_data
    add_manual_item(
        known["contract"],
        amount=known["amount"],
        reason=known["reason"],
        on=known["on"],
        tax=known["tax"],
    )


def _form(
    request: HttpRequest, form: ManualForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    return render(request, "billing/manual_form.html", {"form": form, **more}, status=status)
