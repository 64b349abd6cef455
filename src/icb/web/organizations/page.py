"""What stands around every tab of one organization's page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from icb.organizations.queries import UNMAPPABLE, OrganizationRow, organization_named


def organization_context(key: str, *, tab: str) -> dict[str, Any]:
    """The organization and its tabs, for the templates; NotFound where there is none."""
    row = organization_named(key)
    return {"row": row, "is_unmappable": row.type in UNMAPPABLE, "tabs": _tabs(row, tab)}


def _tabs(row: OrganizationRow, tab: str) -> list[tuple[str, str, bool]]:
    labels = {
        "organization": _("Contracts"),
        "organization-mapping-of": _("Module mapping"),
        "organization-usage": _("Usage"),
        "organization-invoices": _("Invoices"),
        "organization-delivery": _("Delivery"),
        "organization-taxes": _("Taxes"),
        "organization-activity": _("Activity"),
    }
    return [
        (label, reverse(view, kwargs={"key": row.key}), view == tab)
        for view, label in labels.items()
    ]
