"""The lists of the output, their fields and the order of their keys."""

from __future__ import annotations

from collections.abc import Mapping

FIELDS: Mapping[str, tuple[str, ...]] = {
    "items": (
        "organization",
        "contract",
        "service",
        "kind",
        "period",
        "effective_on",
        "units",
        "unit_days",
        "days_in_period",
        "unit_price",
        "amount",
        "currency",
        "status",
        "estimated_days",
        "invoice",
        "billed_on",
        "explanation",
    ),
    "invoices": (
        "number",
        "kind",
        "organization",
        "currency",
        "issued_on",
        "lines",
        "net",
        "taxes",
        "total",
        "credits_left",
    ),
    "holds": ("reason", "module", "id", "organization", "service", "from", "to"),
    "unbilled": (
        "reason",
        "module",
        "id",
        "billing_type",
        "from",
        "to",
        "unit_days",
        "amount",
    ),
    "refused": ("step", "code", "message"),
    "snapshots": ("module", "day", "status", "revision", "rows"),
    "balances": ("organization", "currency", "balance"),
}
"""The fields of each list, in the order they are printed."""

OBJECTS: Mapping[str, tuple[str, ...]] = {
    "period": ("start", "end"),
    "lines": ("service", "description", "amount"),
    "taxes": ("rate", "category", "name", "net", "tax"),
}
"""The fields of the objects that stand inside others."""
