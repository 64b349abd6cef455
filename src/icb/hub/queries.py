"""What can be asked of the hub; each stands where its noun is."""

from __future__ import annotations

from icb.hub.activity_queries import ActivityFilter, ActivityPage, ActivityRow, Position, activity
from icb.hub.catalogue_queries import catalogue, catalogue_entry, catalogue_types
from icb.hub.connecting_queries import (
    ConnectedRow,
    connected_module,
    connected_modules,
    how_to_connect,
    last_answers,
    newest_syncs,
    unconnected,
)
from icb.hub.file_queries import CountFileRow, SourceRow, count_files, file_source, watched_sources
from icb.hub.hold_queries import HoldRow, SnapshotRow, holds, snapshots
from icb.hub.module_queries import (
    billing_types,
    connection_named,
    module_names,
    module_organizations,
    modules,
    undescribed_types,
)
from icb.hub.reading_queries import CountedRange, counted_ranges, first_true_days, readings
from icb.hub.sync_queries import SyncRow, syncs

__all__ = [
    "ActivityFilter",
    "ActivityPage",
    "ActivityRow",
    "ConnectedRow",
    "CountFileRow",
    "CountedRange",
    "HoldRow",
    "Position",
    "SnapshotRow",
    "SourceRow",
    "SyncRow",
    "activity",
    "billing_types",
    "catalogue",
    "catalogue_entry",
    "catalogue_types",
    "connected_module",
    "connected_modules",
    "connection_named",
    "count_files",
    "counted_ranges",
    "file_source",
    "first_true_days",
    "holds",
    "how_to_connect",
    "last_answers",
    "module_names",
    "module_organizations",
    "modules",
    "newest_syncs",
    "readings",
    "snapshots",
    "syncs",
    "unconnected",
    "undescribed_types",
    "watched_sources",
]
