"""The tabs of the accounting screens."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from icb.accounting.target_queries import TargetRow

Tab = tuple[str, str, bool]


def tabs(here: str) -> list[Tab]:
    """The tabs of accounting as a whole."""
    labels = {
        "accounting": _("Transfers"),
        "accounting-targets": _("Targets"),
        "accounting-journal": _("Journal"),
        "accounting-accounts": _("Accounts"),
        "accounting-periods": _("Periods"),
    }
    return [(label, reverse(name), name == here) for name, label in labels.items()]


def target_tabs(row: TargetRow, *, here: str) -> list[Tab]:
    """The tabs of one target."""
    labels = {
        "accounting-target": _("Overview"),
        "accounting-mapping": _("Mapping"),
        "accounting-not-handed": _("Not handed over"),
        "accounting-reconciliation": _("Reconciliation"),
    }
    if row.takes_files:
        labels["accounting-files"] = _("Files")
    return [(label, reverse(name, args=[row.key]), name == here) for name, label in labels.items()]
