"""What is typed about payments. What may be stored is decided by the actions."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as lazy

from icb.payments.inputs import NewPayment, Share, Spread
from icb.web.fields.naming import organization_field
from icb.web.payments.words import METHODS

OLDEST, NAMED, NOTHING = "oldest", "named", "none"


class PaymentForm(forms.Form):
    """A payment that came."""

    organization = organization_field(label=lazy("Organization"))
    amount = forms.CharField(
        label=lazy("Amount"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "number"}),
    )
    currency = forms.CharField(
        label=lazy("Currency"),
        max_length=3,
        required=False,
        help_text=lazy("Three letters; empty: the organization's."),
    )
    received_on = forms.DateField(
        label=lazy("Received on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    method = forms.ChoiceField(label=lazy("Method"), choices=METHODS)
    reference = forms.CharField(
        label=lazy("Reference"),
        max_length=500,
        required=False,
        help_text=lazy("What the bank says of it; it stands on the statement."),
    )
    settles = forms.ChoiceField(
        label=lazy("It settles"),
        choices=(
            (OLDEST, lazy("What is due first")),
            (NAMED, lazy("The invoices named below")),
            (NOTHING, lazy("Nothing yet: it stays as credit")),
        ),
    )
    documents = forms.CharField(
        label=lazy("Invoices"),
        max_length=2000,
        required=False,
        help_text=lazy("Their numbers, with commas between. Each is settled as far as it is open."),
    )
    token = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["token"].initial = token_hex(16)

    def clean(self) -> dict[str, Any]:
        """Refuses numbers that would not count, and their absence where they have to."""
        data: dict[str, Any] = self.cleaned_data
        numbers = self.numbers()
        if data.get("settles") == NAMED and not numbers:
            self.add_error("documents", lazy("Name at least one invoice. Nothing was stored."))
        if data.get("settles") != NAMED and numbers:
            self.add_error(
                "documents",
                lazy(
                    "Invoices are named, but they would not count. Nothing was stored. Choose the "
                    "invoices named below, or leave this empty."
                ),
            )
        return data

    def numbers(self) -> list[str]:
        """The numbers that were typed."""
        typed = str(self.cleaned_data.get("documents", ""))
        return [part.strip() for part in typed.split(",") if part.strip()]

    def payment(self) -> NewPayment:
        """What the action takes."""
        data = self.cleaned_data
        return NewPayment(
            organization=data["organization"],
            amount=data["amount"].strip(),
            currency=data["currency"].strip().upper(),
            received_on=data["received_on"],
            method=data["method"],
            reference=data["reference"],
            external_id=f"form-{data['token']}",
            spread=Spread.NONE if data["settles"] == NOTHING else Spread.OLDEST,
            shares=[Share(number) for number in self.numbers()],
        )


class ReasonForm(forms.Form):
    """Why something is taken back, and what was seen of it."""

    reason = forms.CharField(
        label=lazy("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class BankFileForm(forms.Form):
    """A bank's file of payments."""

    file = forms.FileField(
        label=lazy("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt"}),
        help_text=lazy("CSV, up to 20 MB. It is shown before anything is stored."),
    )


class PeriodForm(forms.Form):
    """The days and the currency of a statement."""

    currency = forms.CharField(max_length=3, required=False)
    first = forms.DateField(required=False)
    as_of = forms.DateField(required=False)
