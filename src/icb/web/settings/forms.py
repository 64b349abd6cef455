"""Forms of the settings."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from icb.web.fields.places import (
    electronic_fields,
    language_choices,
    payment_days_field,
    place_fields,
)


class ProfileForm(forms.Form):
    """What stands on documents about the provider."""

    name = forms.CharField(
        label=_("Name"), max_length=200, help_text=_("On screens and in the page's corner.")
    )
    legal_name = forms.CharField(
        label=_("Legal name"),
        max_length=200,
        required=False,
        help_text=_("On documents. Empty: the name."),
    )
    address = forms.CharField(
        label=_("Street"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The lines of the address above postal code and city."),
    )
    tax_number = forms.CharField(label=_("Tax number"), max_length=60, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=60, required=False)
    language = forms.ChoiceField(
        label=_("Language of documents"),
        choices=language_choices,
        required=False,
        help_text=_("An organization may have another one."),
    )
    payment_days = payment_days_field(_("Until an invoice is due, counted from its date."))
    payment_terms = forms.CharField(
        label=_("Payment terms"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A sentence below the total, such as: without deduction."),
    )
    account_holder = forms.CharField(
        label=_("Account holder"),
        max_length=200,
        required=False,
        help_text=_("Empty: the legal name."),
    )
    iban = forms.CharField(
        label="IBAN",
        max_length=60,
        required=False,
        help_text=_("With it, invoices in euros show a code that banking apps scan."),
    )
    bic = forms.CharField(label="BIC", max_length=20, required=False)
    bank_name = forms.CharField(label=_("Bank"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(place_fields() | electronic_fields())


class ZoneForm(forms.Form):
    """From which day on another clock decides when a day begins."""

    zone = forms.ChoiceField(label=_("Time zone"))
    from_day = forms.DateField(
        label=_("From the day"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Days before it stay what they were."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        zones = [(name, name) for name in sorted(available_timezones()) if "/" in name]
        self.fields["zone"].choices = [("UTC", "UTC"), *zones]  # type: ignore[attr-defined]


class NumberingForm(forms.Form):
    """How the numbers of a kind of document look from the next one on."""

    field_order = ("prefix", "digits", "first_number")

    digits = forms.IntegerField(label=_("Digits"), min_value=1, max_value=12)
    first_number = forms.IntegerField(
        label=_("First number"),
        min_value=1,
        required=False,
        help_text=_("Only before the first document: a series has no gap."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        # A form has a `prefix` of its own, so the field cannot stand in the class.
        self.fields["prefix"] = forms.CharField(label=_("Prefix"), max_length=20, required=False)
        self.order_fields(self.field_order)


class UnlockForm(forms.Form):
    """The last numbers that were issued before a database was restored."""

    invoice = forms.IntegerField(label=_("Last invoice"), min_value=0)
    credit_note = forms.IntegerField(label=_("Last credit note"), min_value=0)
