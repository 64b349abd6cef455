"""The tabs of the reports."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _


def tabs(here: str) -> list[tuple[str, str, bool]]:
    """Label, address and whether it is this one, for each report."""
    labels = {
        "reports": _("Revenue"),
        "report-unbilled": _("Unbilled usage"),
        "report-unit-changes": _("Unit changes"),
        "report-receivables": _("Receivables"),
    }
    return [(label, reverse(name), name == here) for name, label in labels.items()]
