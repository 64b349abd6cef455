"""What can be done in the hub. One verb per function; each stands where its noun is."""

from __future__ import annotations

from icb.hub.catalogue_actions import change_catalogue, describe_billing_type
from icb.hub.connecting_actions import (
    NewConnected,
    change_details,
    change_expectation,
    change_settings,
    connect_module,
    set_enabled,
)
from icb.hub.decision_actions import HeldPlace, decide, decide_holds, take_over_decision
from icb.hub.file_actions import (
    FileRefused,
    NewCountFile,
    note_refused_file,
    remember_profile,
    take_counts_file,
    undo_file,
    watch_folder,
)
from icb.hub.module_actions import add_billing_types, add_module_organizations, connect_modules
from icb.hub.quarantine_actions import decide_quarantined
from icb.hub.snapshot_actions import (
    record_failed_sync,
    take_event,
    take_snapshot,
    take_snapshots,
)
from icb.hub.sync_actions import name_billing_types, note_module_organizations

__all__ = [
    "FileRefused",
    "HeldPlace",
    "NewConnected",
    "NewCountFile",
    "add_billing_types",
    "add_module_organizations",
    "change_catalogue",
    "change_details",
    "change_expectation",
    "change_settings",
    "connect_module",
    "connect_modules",
    "decide",
    "decide_holds",
    "decide_quarantined",
    "describe_billing_type",
    "name_billing_types",
    "note_module_organizations",
    "note_refused_file",
    "record_failed_sync",
    "remember_profile",
    "set_enabled",
    "take_counts_file",
    "take_event",
    "take_over_decision",
    "take_snapshot",
    "take_snapshots",
    "undo_file",
    "watch_folder",
]
