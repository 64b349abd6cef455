"""Fields that say where somebody is, and in which language its documents are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from icb.foundation.country_names import countries_by_name
from icb.kernel.languages import LANGUAGES


class CountryField(forms.ChoiceField):
    """A country by its name, in the language of the person; its two letters are what is kept."""

    def __init__(self, **more: Any) -> None:
        usual = {"label": _("Country"), "required": False, "choices": _countries}
        super().__init__(**{**usual, **more})


def _countries() -> list[tuple[str, str]]:
    return [("", "–"), *countries_by_name(get_language() or "en")]


def language_choices() -> list[tuple[str, str]]:
    """The languages of documents, each named in itself."""
    return list(LANGUAGES.items())


def place_fields() -> dict[str, forms.Field]:
    """The parts of an address below its lines, by the names of the actions' inputs."""
    return {
        "postal_code": forms.CharField(label=_("Postal code"), max_length=20, required=False),
        "city": forms.CharField(label=_("City"), max_length=120, required=False),
        "region": forms.CharField(label=_("State or province"), max_length=120, required=False),
        "country": CountryField(),
    }


def electronic_fields() -> dict[str, forms.Field]:
    """Where electronic invoices go to or come from."""
    return {
        "electronic_address": forms.CharField(
            label=_("Electronic address"),
            max_length=120,
            required=False,
            help_text=_("For e-invoices, such as a VAT number or a GLN."),
        ),
        "electronic_scheme": forms.CharField(
            label=_("Scheme"),
            max_length=4,
            required=False,
            help_text=_("Four digits (EAS), such as 0088 for a GLN or 9930 for a German VAT id."),
        ),
    }


def payment_days_field(help_text: Any) -> forms.CharField:
    """In how many days an invoice is due."""
    return forms.CharField(
        label=_("Days to pay"),
        max_length=3,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=help_text,
    )
