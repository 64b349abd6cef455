"""What the started processes do with the daily chain: follow what is marked, and look at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from icb.foundation.bulk import fetch
from icb.operations import daily_chain

_LOG = """
SELECT a.connection_id, a.day, a.module_organization_id, a.billing_type_id, a.contract_service_id,
  a.units_before, a.units_after, a.status, a.message FROM activity a
"""
_NOTES = """
SELECT n.contract_service_id, n.day, n.units_before, n.units_after, n.text FROM contract_note n
WHERE n.day IS NOT NULL
"""


def follow() -> None:
    """Follow everything, in small chunks, so that there is much to be stopped between."""
    daily_chain.MARKS_PER_CHUNK = 3
    daily_chain.follow()


def look_at_log() -> dict[str, Any]:
    """What the log and the notes tell, and the marks that are left."""
    ((left,),) = fetch("SELECT COUNT(*) FROM snapshot_to_follow")
    return {
        "log": sorted(str(row) for row in fetch(_LOG)),
        "notes": sorted(str(row) for row in fetch(_NOTES)),
        "left": left,
    }


FOLLOW_JOBS: dict[str, Callable[..., Any]] = {"follow": follow, "look_at_log": look_at_log}
