"""The two tabs of Organization Mapping."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _


def tabs(here: str) -> list[tuple[str, str, bool]]:
    """Label, address and whether it is `here` ("organization" or "module") of each."""
    return [
        (_("Map by Organization"), reverse("organization-mapping"), here == "organization"),
        (
            _("Map by Module Organization"),
            reverse("organization-mapping-modules"),
            here == "module",
        ),
    ]
