"""What is typed about contracts and services. What may be stored is decided by the actions.

Numbers stay the text that was typed: the actions read them exactly.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from icb.contracts.queries import services
from icb.kernel.currency import MINOR_DIGITS
from icb.organizations.queries import tax_rates
from icb.web.contracts.labels import ANCHORS, BILLINGS, PERIODS, PRICINGS, UNIT_CHANGES
from icb.web.fields.naming import organization_field


def day_field(**more: Any) -> forms.DateField:
    """A day, typed or picked."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, **more)


def number_field(**more: Any) -> forms.CharField:
    """A number or an amount, as it is typed."""
    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "number"})
    return forms.CharField(widget=widget, max_length=60, **more)


def _seen() -> forms.CharField:
    return forms.CharField(required=False, widget=forms.HiddenInput)


class ContractForm(forms.Form):
    """A contract to be."""

    organization = organization_field(label=_("Organization"))
    key = forms.CharField(
        label=_("Key"),
        max_length=120,
        help_text=_("Short, and yours for good: files, addresses and invoices name it so."),
    )
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    starts_on = day_field(label=_("First day"))
    ends_on = day_field(label=_("Last day"), required=False, help_text=_("Empty: open."))
    period = forms.ChoiceField(label=_("Period"), choices=PERIODS)
    anchor = forms.ChoiceField(label=_("Periods begin"), choices=ANCHORS)
    billing = forms.ChoiceField(label=_("Billed"), choices=BILLINGS)
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    minimum_amount = number_field(
        label=_("Minimum per period"),
        required=False,
        help_text=_("A period that comes to less is topped up to it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = [("", lazystr(_("The organization's"))), *((c, c) for c in sorted(MINOR_DIGITS))]
        choose(self, name="currency", choices=usual)


class ContractEditForm(forms.Form):
    """What of a contract can be changed at any time."""

    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    minimum_amount = number_field(
        label=_("Minimum per period"),
        required=False,
        help_text=_(
            "It counts for all periods of the contract: the next bill run corrects what was "
            "posted before."
        ),
    )
    seen = _seen()


class EndForm(forms.Form):
    """The last day of a contract."""

    ends_on = day_field(label=_("Last day"), help_text=_("It is still a covered day."))
    seen = _seen()


class AddServiceForm(forms.Form):
    """A service of the catalogue on a contract."""

    service = forms.ChoiceField(label=_("Service of the catalogue"))
    key = forms.CharField(
        label=_("Key on this contract"),
        required=False,
        max_length=120,
        help_text=_("Needed where the same service stands on the contract twice."),
    )
    price = number_field(
        label=_("Price"), required=False, help_text=_("Empty: the price of the catalogue.")
    )
    units = number_field(
        label=_("Units"),
        required=False,
        help_text=_("For days on which no count drives it. Empty: none."),
    )
    pricing = forms.ChoiceField(label=_("Pricing"), choices=PRICINGS)
    tiers = forms.CharField(
        label=_("Tiers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "10 = 5.00\n* = 4.50"}),
        help_text=_("One a line: last unit = price of a unit; * for the rest."),
    )
    package_size = number_field(label=_("Units in a package"), required=False)
    minimum = number_field(label=_("Minimum units"), required=False)
    included = number_field(label=_("Included units"), required=False)
    discount = number_field(label=_("Discount in per cent"), required=False)
    minimum_amount = number_field(label=_("Minimum amount per period"), required=False)
    unit_changes = forms.ChoiceField(
        label=_("Unit changes"), required=False, choices=(("", _("As usual")), *UNIT_CHANGES)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(
            self,
            name="service",
            choices=[
                ("", _("Choose")),
                *((row.key, row.name) for row in services() if row.is_active),
            ],
        )


class PriceForm(forms.Form):
    """Another price from a day on."""

    price = number_field(label=_("New price"))
    tiers = forms.CharField(
        label=_("New tiers"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line: last unit = price of a unit; * for the rest."),
    )
    from_day = day_field(label=_("From"))
    seen = _seen()


class UnitsForm(forms.Form):
    """Other typed units from a day on."""

    units = number_field(label=_("New units"))
    from_day = day_field(label=_("From"))
    seen = _seen()


class CatalogueForm(forms.Form):
    """A service of the catalogue."""

    key = forms.CharField(label=_("Key"), max_length=120)
    name = forms.CharField(label=_("Name"), max_length=200)
    price = number_field(
        label=_("Price"),
        help_text=_("Of a unit in a whole period. Contracts that have the service keep theirs."),
    )
    cost = number_field(label=_("Cost"), required=False)
    tax = forms.ChoiceField(label=_("Tax rate"), required=False)
    seen = _seen()

    def __init__(self, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = ("", _("The organization's"))
        rates = [(rate.key, rate.called) for rate in tax_rates()]
        choose(self, name="tax", choices=[own, *rates])
        if not is_new:
            del self.fields["key"]


def choose(form: forms.Form, *, name: str, choices: list[tuple[str, Any]]) -> None:
    """Offer these choices in a field of the form."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def contract_address(key: str, *, tab: str = "contract") -> str:
    """The page of a contract."""
    return reverse(tab, kwargs={"key": key})
