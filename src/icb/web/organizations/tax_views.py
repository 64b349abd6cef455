"""The taxes of one organization: its own, its region, and from what it is exempt and when."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.tax_numbers import tax_number_problem
from icb.kernel.errors import IcbError, NotFound
from icb.organizations.inputs import NewTaxExemption
from icb.organizations.tax_actions import (
    add_tax_exemptions,
    end_tax_exemption,
    remove_tax_exemption,
)
from icb.organizations.tax_queries import tax_exemptions, tax_rates
from icb.web.errors import add_error
from icb.web.organizations.page import organization_context


class ExemptionForm(forms.Form):
    """Days on which an organization is not charged a tax."""

    tax = forms.ChoiceField(label=lazy("Tax"), required=False)
    starts_on = forms.DateField(
        label=lazy("First day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    ends_on = forms.DateField(
        label=lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=lazy("Empty: until further notice."),
    )
    reason = forms.CharField(
        label=lazy("Reason"), max_length=500, help_text=lazy("As documents print it.")
    )
    certificate = forms.CharField(
        label=lazy("Number of the certificate"), max_length=120, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["tax"]
        if isinstance(field, forms.ChoiceField):
            charged = [(row.key, row.called) for row in tax_rates() if row.category == "S"]
            field.choices = [("", _("Any tax")), *charged]


class EndForm(forms.Form):
    """The last day of an exemption; empty: until further notice."""

    ends_on = forms.DateField(required=False)


@page()
def organization_taxes(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """The exemptions of an organization, and a new one."""
    return _answer(request, key, ExemptionForm())


@require_POST
@page(Permission.MANAGE_ORGANIZATIONS)
def exempt(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Exempt an organization from a tax."""
    form = ExemptionForm(request.POST)
    if form.is_valid():
        try:
            add_tax_exemptions([NewTaxExemption(key, **form.cleaned_data)])
        except IcbError as error:
            add_error(form, error=error)
        else:
            messages.success(request, _("Stored. Documents issued from now on follow it."))
            return redirect("organization-taxes", key=key)
    return _answer(request, key, form)


@require_POST
@page(Permission.MANAGE_ORGANIZATIONS)
def end_exemption(request: HttpRequest, *, key: str, exemption: int) -> HttpResponseBase:
    """Let an exemption end with a day."""
    _check_whose(key, exemption)
    form = EndForm(request.POST)
    if form.is_valid():
        end_tax_exemption(exemption, ends_on=form.cleaned_data["ends_on"])
        messages.success(request, _("Stored. Documents issued from now on follow it."))
    else:
        messages.error(request, _("That is no day. Nothing was stored."))
    return redirect("organization-taxes", key=key)


@require_POST
@page(Permission.MANAGE_ORGANIZATIONS)
def remove_exemption(request: HttpRequest, *, key: str, exemption: int) -> HttpResponseBase:
    """Remove an exemption that was entered by mistake."""
    _check_whose(key, exemption)
    remove_tax_exemption(exemption)
    messages.success(request, _("Removed. Issued documents keep what they say."))
    return redirect("organization-taxes", key=key)


def _check_whose(key: str, exemption: int) -> None:
    if exemption not in {row.id for row in tax_exemptions(organization=key)}:
        raise NotFound("unknown_exemption", "There is no such exemption. Nothing was changed.")


def _answer(request: HttpRequest, key: str, form: ExemptionForm) -> HttpResponseBase:
    context = organization_context(key, tab="organization-taxes")
    row = context["row"]
    context |= {
        "form": form,
        "exemptions": tax_exemptions(organization=key),
        "taxes": {one.key: one for one in tax_rates()},
        "own": next((one for one in tax_rates() if one.key == row.tax), None),
        "number_problem": tax_number_problem(row.tax_number, country=row.country),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "organizations/taxes.html", context, status=status)
