"""What is typed about the look of documents. What a design may be is decided by the action."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from icb.invoicing.design import COLUMNS, GROUPINGS, PAPERS, TEXTS, TRUTHS, Design, settings_of
from icb.invoicing.template_queries import template_names
from icb.kernel.languages import LANGUAGES

_COLUMN_LABELS = {
    "position": _("Position"),
    "service": _("Service"),
    "detail": _("Days and units, with the arithmetic"),
    "period": _("Period"),
    "quantity": _("Quantity"),
    "unit_price": _("Unit price"),
    "tax": _("Tax"),
    "net": _("Net amount"),
    "gross": _("Gross amount"),
}
_GROUPING_LABELS = {
    "none": _("Not grouped"),
    "module": _("By module"),
    "contract": _("By contract"),
    "site": _("By site (organization)"),
}
_PAPER_LABELS = {"a4": _("A4"), "letter": _("US Letter")}
_TEXT_LABELS = {
    "heading": _("Below the title"),
    "intro": _("Above the lines"),
    "payment": _("At the payment"),
    "footer": _("At the foot (empty: name, address and tax number)"),
}
_TRUTH_LABELS = {
    "is_rolled_up": _("One row for each service and period"),
    "is_inclusive": _("Amounts with tax"),
    "has_unit_list": _("Annex: units by day"),
    "has_changes": _("Annex: what changed since the last invoice"),
    "has_payment_code": _("Code to pay with a banking app"),
    "is_compact": _("Small print"),
}
_NOWHERE = "0"
_PLACES = [(_NOWHERE, _("not shown")), *((str(n), str(n)) for n in range(1, len(COLUMNS) + 1))]


class DesignForm(forms.Form):
    """A design of one's own, its name, and the version that it is typed over."""

    name = forms.CharField(label=_("Name"), max_length=120)
    accent = forms.CharField(
        label=_("Colour"),
        max_length=7,
        widget=forms.TextInput(attrs={"type": "color"}),
        help_text=_("Of the title and the line; dark enough to be read on white."),
    )
    paper = forms.ChoiceField(
        label=_("Paper"), choices=[(one, _PAPER_LABELS[one]) for one in PAPERS]
    )
    grouping = forms.ChoiceField(
        label=_("Grouping"), choices=[(one, _GROUPING_LABELS[one]) for one in GROUPINGS]
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TRUTHS:
            self.fields[name] = forms.BooleanField(label=_TRUTH_LABELS[name], required=False)
        for name in COLUMNS:
            self.fields[f"column_{name}"] = forms.ChoiceField(
                label=_COLUMN_LABELS[name], choices=_PLACES
            )
        for language in LANGUAGES:
            for name in TEXTS:
                self.fields[f"text_{name}_{language}"] = forms.CharField(
                    label=_TEXT_LABELS[name],
                    required=False,
                    strip=False,
                    widget=forms.Textarea(attrs={"rows": 1 if name == "heading" else 2}),
                )

    def truths(self) -> list[BoundField]:
        """The fields that are ticked or not."""
        return [self[name] for name in TRUTHS]

    def columns(self) -> list[BoundField]:
        """The fields that say at which place a column stands."""
        return [self[f"column_{name}"] for name in COLUMNS]

    def texts(self) -> list[tuple[str, str, bool, list[BoundField]]]:
        """For each language its letters, its name, whether something is typed, and the fields."""
        return [
            (
                language,
                name,
                any(self[f"text_{text}_{language}"].value() for text in TEXTS),
                [self[f"text_{text}_{language}"] for text in TEXTS],
            )
            for language, name in LANGUAGES.items()
        ]

    def settings(self) -> dict[str, Any]:
        """What the action takes: the settings of a design that stand in this form."""
        said = self.cleaned_data
        places = {name: said[f"column_{name}"] for name in COLUMNS}
        shown = sorted(
            (int(place), at) for at, place in enumerate(places.values()) if place != _NOWHERE
        )
        return {
            "accent": said["accent"],
            "paper": said["paper"],
            "grouping": said["grouping"],
            "columns": [COLUMNS[at] for _place, at in shown],
            "texts": {
                text: {language: said[f"text_{text}_{language}"] for language in LANGUAGES}
                for text in TEXTS
            },
            **{name: said[name] for name in TRUTHS},
        }


def values_of(design: Design, *, name: str, version: int) -> dict[str, Any]:
    """A design as its form shows it."""
    settings = settings_of(design)
    nowhere = {f"column_{column}": _NOWHERE for column in COLUMNS}
    places = nowhere | {f"column_{column}": str(at) for at, column in enumerate(design.columns, 1)}
    texts = {
        f"text_{text}_{language}": design.text(text, language=language)
        for text in TEXTS
        for language in LANGUAGES
    }
    plain = {field: settings[field] for field in ("accent", "paper", "grouping", *TRUTHS)}
    return {"name": name, "seen": version, **plain, **places, **texts}


class CopyForm(forms.Form):
    """A template of one's own, made from another one."""

    key = forms.CharField(
        label=_("Key"), max_length=60, help_text=_("Small letters, digits and hyphens.")
    )
    name = forms.CharField(label=_("Name"), max_length=120, required=False)


class ChoiceForm(forms.Form):
    """Which template an organization's documents have."""

    template = forms.ChoiceField(label=_("Template of its documents"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["template"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = template_choices(_("The provider's default"))


def template_choices(otherwise: Any) -> list[tuple[str, Any]]:
    """All templates by key; a blank key means `otherwise`."""
    return [("", otherwise), *template_names()]
