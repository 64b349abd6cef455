"""What stands around every tab of one contract's page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from icb.contracts.queries import ContractRow, contract_named
from icb.foundation.providers import local_today
from icb.web.contracts.labels import BILLED, PERIODS, word


def contract_context(key: str, *, tab: str) -> dict[str, Any]:
    """The contract and its tabs, for templates; NotFound where it is none."""
    row = contract_named(key)
    return {
        "row": row,
        "period_word": word(PERIODS, key=row.period),
        "billing_word": word(BILLED, key=row.billing),
        "standing": standing(row),
        "tabs": _tabs(row, tab),
    }


def standing(row: ContractRow) -> str:
    """Where a contract stands today: planned, active or ended."""
    today = local_today()
    if row.ends_on is not None and row.ends_on < today:
        return "ended"
    return "planned" if row.starts_on > today else "active"


def _tabs(row: ContractRow, tab: str) -> list[tuple[str, str, bool]]:
    labels = {
        "contract": _("Summary"),
        "contract-services": _("Services"),
        "contract-service-mapping": _("Service Mapping"),
        "contract-unit-changes": _("Unit changes"),
        "contract-notes": _("Notes"),
        "contract-preview": _("Preview"),
    }
    return [
        (label, reverse(view, kwargs={"key": row.key}), view == tab)
        for view, label in labels.items()
    ]
