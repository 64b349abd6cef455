"""What is typed about an organization. What may be stored is decided by the action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from django import forms
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from icb.foundation.providers import current_provider
from icb.kernel.currency import MINOR_DIGITS
from icb.organizations.inputs import NewOrganization
from icb.organizations.queries import TYPES, OrganizationRow, tax_rates
from icb.web.fields.naming import organization_field
from icb.web.fields.places import (
    electronic_fields,
    language_choices,
    payment_days_field,
    place_fields,
)
from icb.web.shell.states import STATES

TYPE_CHOICES = tuple((kind, STATES[kind]) for kind, _label in TYPES)
_FIELDS = tuple(field.name for field in fields(NewOrganization))


class OrganizationForm(forms.Form):
    """All that the actions take. The key is given once, when the organization is added."""

    key = forms.CharField(
        label=_("Key"),
        max_length=120,
        help_text=_("Short, and yours for good: files, addresses and documents name it so."),
    )
    name = forms.CharField(label=_("Name"), max_length=200)
    type = forms.ChoiceField(
        label=_("Type"),
        choices=TYPE_CHOICES,
        help_text=_("No usage can be mapped to Dead and Cancelation."),
    )
    domain = forms.CharField(
        label=_("Domain"),
        max_length=253,
        required=False,
        help_text=_("Module organizations of the same domain are suggested for it."),
    )
    email = forms.CharField(label=_("E-mail for invoices"), max_length=254, required=False)
    address = forms.CharField(
        label=_("Street"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The lines of the address above postal code and city."),
    )
    language = forms.ChoiceField(label=_("Language of its documents"), required=False)
    payment_days = payment_days_field(_("Empty: the provider's."))
    buyer_reference = forms.CharField(
        label=_("Its reference"),
        max_length=120,
        required=False,
        help_text=_("What it wants to find on its invoices; public offices need it."),
    )
    purchase_order = forms.CharField(label=_("Purchase order"), max_length=120, required=False)
    bill_to = organization_field(
        label=_("Send bills to"),
        required=False,
        help_text=_("Empty: it receives its own."),
    )
    parent = organization_field(label=_("Parent"), required=False)
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    tax = forms.ChoiceField(label=_("Tax rate"), required=False)
    tax_number = forms.CharField(label=_("Tax number"), max_length=60, required=False)
    tax_exempt = forms.BooleanField(
        label=_("Exempt from tax"),
        required=False,
        help_text=_("Without days. Its own tax is printed where that is not charged."),
    )
    tax_region = forms.CharField(
        label=_("Tax region"),
        max_length=60,
        required=False,
        help_text=_("Whose percentages it is charged, such as DE or US-CA."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, row: OrganizationRow | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(place_fields() | electronic_fields())
        self._choose("language", [("", _("The provider's")), *language_choices()])
        currency = current_provider().currency
        own = lazystr(_("The provider's (%(currency)s)") % {"currency": currency})
        self._choose("currency", [("", own), *((code, code) for code in sorted(MINOR_DIGITS))])
        rates = [(rate.key, rate.called) for rate in tax_rates()]
        self._choose("tax", [("", _("None")), *rates])
        if row is not None:
            del self.fields["key"]

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def values(self) -> dict[str, Any]:
        """What the actions take, by the names of their input."""
        return {name: self.cleaned_data[name] for name in _FIELDS if name in self.cleaned_data}

    def differences(self, row: OrganizationRow) -> list[tuple[str, str, str]]:
        """(label, what stands, what was typed) of each field that is typed otherwise."""
        stands, typed = values_of(row), self.values()
        return [
            (str(self.fields[name].label), _plain(stands[name]), _plain(typed[name]))
            for name in typed
            if stands[name] != typed[name]
        ]


def values_of(row: OrganizationRow) -> Mapping[str, Any]:
    """An organization as its form shows it."""
    return {name: getattr(row, name) for name in _FIELDS}


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(_("Yes")) if value else str(_("No"))
    return str(value) or "–"
