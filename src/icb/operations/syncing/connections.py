"""What a sync has to know of a connection: whether it is asked, how, and beside whom."""

from __future__ import annotations

from icb.hub import registry
from icb.hub.ports import Adapter, Capability
from icb.hub.sync_queries import SyncTarget
from icb.kernel.errors import NotFound
from icb.operations.syncing.due import Source

# Whose counts come without being asked for; empty: from imports and people.
SENT = ("", "push", "files")


def is_asked(target: SyncTarget) -> bool:
    """Whether a vendor is asked for its counts."""
    return target.adapter not in SENT


def source_of(target: SyncTarget) -> Source:
    """How a connection's counts come."""
    if not is_asked(target):
        return Source.SENT
    return Source.HISTORY if has_history(target) else Source.PRESENT


def has_history(target: SyncTarget) -> bool:
    """Whether days that have passed can be asked for as they were."""
    adapter = _adapter(target)
    return adapter is not None and Capability.HISTORY in adapter.description.capabilities


def lane_of(target: SyncTarget) -> str:
    """The lane in which it waits its turn: that of the vendor's host, as far as it is known."""
    adapter = _adapter(target)
    hosts = [reach.host for reach in adapter.description.reach] if adapter else []
    if not hosts:
        return f"{target.adapter}:{target.module}"[:120]
    host = hosts[0]
    for name, value in target.settings.items():
        host = host.replace("{" + name + "}", str(value))
    return f"{target.adapter}:{host}"[:120]


def _adapter(target: SyncTarget) -> Adapter | None:
    """Its adapter; None where that is not installed, which the sync itself says in words."""
    try:
        return registry.adapter(target.adapter)
    except NotFound:
        return None
