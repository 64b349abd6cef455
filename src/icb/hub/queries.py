"""What can be asked of the hub; each stands where its noun is."""

from __future__ import annotations

from icb.hub.module_queries import billing_types, connection_named, module_organizations, modules
from icb.hub.reading_queries import counted_ranges, first_true_days, readings

__all__ = [
    "billing_types",
    "connection_named",
    "counted_ranges",
    "first_true_days",
    "module_organizations",
    "modules",
    "readings",
]
