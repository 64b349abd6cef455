"""Fields that name something by its key and show it by its name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse

from icb.organizations.queries import organizations
from icb.web.fields.typeahead import Typeahead


def organization_field(**more: Any) -> forms.CharField:
    """A field that names an organization by its key, shown by its name."""
    widget = Typeahead(src=lambda: reverse("organization-choices"), told=_name_of)
    return forms.CharField(widget=widget, **more)


def _name_of(key: str) -> str:
    found = organizations(keys=[key])
    return found[0].name if found else key
