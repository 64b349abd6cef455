"""Voiding a document, and crediting an invoice: whole, by lines, or by an amount."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.invoicing.actions import credit_document, void_document
from icb.invoicing.document_queries import CreditLeft, credit_left
from icb.invoicing.queries import document
from icb.kernel.errors import IcbError, NotPermitted
from icb.kernel.money import minor_to_decimal, to_minor
from icb.web.errors import add_error, status_of
from icb.web.invoices.document_views import canonical, heading_of

ALL, LINES, AMOUNT = "all", "lines", "amount"


class VoidForm(forms.Form):
    """Why a document is void."""

    reason = forms.CharField(
        label=lazy("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class CreditForm(forms.Form):
    """What to credit, and why."""

    what = forms.ChoiceField(
        label=lazy("What to credit"),
        choices=(
            (ALL, lazy("All that is left")),
            (LINES, lazy("The lines picked below, in full")),
            (AMOUNT, lazy("An amount before tax")),
        ),
        initial=ALL,
    )
    net = forms.CharField(
        label=lazy("Amount before tax"),
        required=False,
        max_length=40,
        help_text=lazy("Shared among the lines picked below, or among all where none is picked."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "number"}),
    )
    reason = forms.CharField(
        label=lazy("Reason"),
        max_length=1000,
        help_text=lazy("Printed on the credit note."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    lines = forms.MultipleChoiceField(required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, left: CreditLeft, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["lines"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(str(line.position), line.title) for line in left.lines if line.left]

    def clean(self) -> dict[str, Any]:
        """Refuses what is typed or picked and would not count: no more is credited than meant."""
        data: dict[str, Any] = self.cleaned_data
        if data.get("what") == ALL and data.get("lines"):
            self.add_error(
                "what",
                _(
                    "Lines are picked below, but all that is left would be credited. Nothing was "
                    "stored. Choose the picked lines, or pick none."
                ),
            )
        if data.get("what") != AMOUNT and data.get("net"):
            self.add_error(
                "net",
                _(
                    "An amount is typed, but it would not count. Nothing was stored. Choose an "
                    "amount before tax, or leave this empty."
                ),
            )
        return data

    def wanted(self, currency: str) -> dict[str, Any]:
        """What the action takes. Raises InvalidInput for an amount that is none."""
        data = self.cleaned_data
        lines = [int(line) for line in data["lines"]]
        found: dict[str, Any] = {"reason": data["reason"], "seen": data["seen"]}
        if data["what"] == AMOUNT:
            minor = to_minor(data["net"], currency, field="net")
            found["net"] = minor_to_decimal(minor, currency=currency)
        if data["what"] == LINES or (data["what"] == AMOUNT and lines):
            found["lines"] = lines
        return found


@page(Permission.ISSUE)
def void(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """Declare a document void while nobody outside has it."""
    row = document(canonical(number)).row
    form = VoidForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                void_document(row.number, reason=form.cleaned_data["reason"])
            except NotPermitted:
                raise
            except IcbError as error:
                add_error(form, error=error)
                status = status_of(error)
            else:
                messages.success(
                    request,
                    _("%(number)s is void. Its items wait to be invoiced again.")
                    % {"number": row.number},
                )
                return redirect("invoice", number=row.number)
    return _page(request, "invoices/void.html", {"row": row, "form": form}, status)


@page(Permission.ISSUE)
def credit(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """Issue a credit note for an invoice; it ends on the page of the credit note."""
    row = document(canonical(number)).row
    left = credit_left(row.number)
    form = CreditForm(request.POST or None, left=left, initial={"seen": left.seen})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = credit_document(row.number, **form.wanted(row.currency))
            except NotPermitted:
                raise
            except IcbError as error:
                add_error(form, error=error)
                status = status_of(error)
                typed = request.POST.copy()
                typed["seen"] = left.seen
                form.data = typed
            else:
                words = {"note": made.number, "number": row.number}
                messages.success(request, _("%(note)s credits %(number)s.") % words)
                return redirect("invoice", number=made.number)
    context = {"row": row, "form": form, "left": left}
    return _page(request, "invoices/credit.html", context, status)


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int
) -> HttpResponse:
    row = context["row"]
    heading = heading_of(row.kind, number=row.number)
    return render(request, template, {**context, "document": heading}, status=status)
