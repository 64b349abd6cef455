"""Forms of taxes: the tax itself, what it comes to, and which day decides."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from icb.organizations.inputs import NewTaxPart, NewTaxPercentage

MOST_PARTS = 3
CATEGORY_WORDS = (
    ("S", _("S: charged")),
    ("Z", _("Z: zero rate")),
    ("E", _("E: exempt")),
    ("AE", _("AE: reverse charge")),
    ("K", _("K: supply within the EU")),
    ("G", _("G: export outside the EU")),
    ("O", _("O: not subject to tax")),
)


def _percent(label: Any, *, required: bool) -> forms.CharField:
    widget = forms.TextInput(attrs={"inputmode": "decimal"})
    return forms.CharField(label=label, required=required, widget=widget)


class TaxForm(forms.Form):
    """What stays of a tax whatever it comes to."""

    name = forms.CharField(label=_("Name"), max_length=120)
    category = forms.ChoiceField(
        label=_("Category"),
        choices=CATEGORY_WORDS,
        help_text=_("Of EN 16931, for electronic invoices. Only S is charged."),
    )
    reason = forms.CharField(
        label=_("Why no tax is charged"),
        max_length=500,
        required=False,
        help_text=_("As documents print it, such as: Reverse charge. Not for category S."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class NewTaxForm(TaxForm):
    """A tax to be."""

    key = forms.CharField(
        label=_("Key"), max_length=60, help_text=_("Short, such as vat. It never changes.")
    )
    percent = _percent(_("Per cent, everywhere and from ever"), required=False)

    field_order = ("key", "name", "category", "percent", "reason")


class PercentageForm(forms.Form):
    """What a tax comes to in a region from a day on."""

    region = forms.CharField(
        label=_("Region"),
        max_length=60,
        required=False,
        help_text=_("As organizations have it, such as DE or US-CA. Empty: everywhere else."),
        widget=forms.TextInput(attrs={"list": "tax-regions"}),
    )
    from_day = forms.DateField(
        label=_("From the day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: from ever."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place in range(1, MOST_PARTS + 1):
            self.fields[f"percent_{place}"] = _percent(_("Per cent"), required=place == 1)
            self.fields[f"name_{place}"] = forms.CharField(
                label=_("Name of the part"),
                max_length=60,
                required=False,
            )
            if place > 1:
                self.fields[f"compound_{place}"] = forms.BooleanField(
                    label=_("On the parts before it as well"), required=False
                )

    def percentage(self, tax: str) -> NewTaxPercentage:
        """What the action takes."""
        typed = self.cleaned_data
        from_day: date | None = typed["from_day"]
        parts = [
            NewTaxPart(
                typed[f"percent_{place}"],
                typed[f"name_{place}"],
                is_compound=bool(typed.get(f"compound_{place}")),
            )
            for place in range(1, MOST_PARTS + 1)
            if typed[f"percent_{place}"]
        ]
        return NewTaxPercentage(tax, parts, region=typed["region"], from_day=from_day)


class TaxDayForm(forms.Form):
    """Which day decides what a tax comes to."""

    tax_day = forms.ChoiceField(
        label=_("Which day decides"),
        choices=(
            ("issue", _("The day of the document")),
            ("supply", _("The last day of what a line bills")),
        ),
    )
