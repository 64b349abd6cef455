"""The tabs of Approve and Post."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from icb.billing.approval_queries import open_request_count


def tabs(here: str) -> list[tuple[str, str, bool]]:
    """Label, address and whether it is this one, for each tab."""
    waiting = open_request_count()
    approvals = _("Approvals (%(count)s)") % {"count": waiting} if waiting else _("Approvals")
    labels = {
        "approve-and-post": _("Drafts"),
        "drafts-by-organization": _("By organization"),
        "posted-items": _("Posted"),
        "manual-items": _("Manual items"),
        "approvals": approvals,
    }
    return [(label, reverse(name), name == here) for name, label in labels.items()]
