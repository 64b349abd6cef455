"""Fields that name something by its key and show it by its name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _

from icb.foundation.listing import Wanted
from icb.organizations.queries import organization_page, organizations
from icb.web.fields.typeahead import SHOWN, Typeahead


class OrganizationField(forms.CharField):
    """An organization's key. Its name may be typed as well, where only one bears it."""

    def clean(self, value: Any) -> str:
        """The key, blank where nothing was typed. Raises ValidationError for anything else."""
        typed: str = super().clean(value)
        return _key_of(typed) if typed else ""


def organization_field(**more: Any) -> forms.CharField:
    """A field that names an organization by its key, shown by its name."""
    widget = Typeahead(src=lambda: reverse("organization-choices"), told=_name_of)
    return OrganizationField(widget=widget, **more)


def _key_of(typed: str) -> str:
    if organizations(keys=[typed]):
        return typed
    found = organization_page(Wanted(search=typed, size=SHOWN)).rows
    named = [
        row.key for row in found if typed.casefold() in (row.name.casefold(), row.key.casefold())
    ]
    if len(named) == 1:
        return named[0]
    text = (
        _("Several organizations are called so.")
        if named
        else _("There is no organization with this name or key.")
    )
    raise forms.ValidationError(text + " " + _("Choose one from the list."))


def _name_of(key: str) -> str:
    found = organizations(keys=[key])
    return found[0].name if found else key
