"""What the started processes do about syncs: a worker's turn, on modules that know their past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from unittest.mock import patch

from tests.support.asked import AskedAdapter, NoHttp, connect_asked

from icb.foundation.bulk import fetch
from icb.foundation.models import AuditEvent, Job
from icb.hub.models import FailedSync, ModuleOrganization, ProvenDay, Snapshot, Sync
from icb.hub.registry import registered
from icb.kernel import clock
from icb.operations.syncing.sync import run_sync
from icb.operations.verify import run as verify
from icb.operations.worker import Worker

MODULES = ("alpha", "beta")
FIRST = date(2025, 2, 24)
ORGANIZATIONS = 40


def connect_pulled() -> None:
    """Modules from which nothing was asked yet, although six days of counts are expected."""
    for key in MODULES:
        connect_asked(key, adapter=f"asked-{key}", expected_from=FIRST)


def work_off(*, at: str) -> int:
    """A worker's turn at an instant: look what is due, and do all of it; how many jobs."""
    adapters = [AskedAdapter(f"asked-{key}", history=True) for key in MODULES]
    for adapter in adapters:
        adapter.counts = {str(number): number + 3 for number in range(ORGANIZATIONS)}
    with (
        clock.frozen(datetime.fromisoformat(at)),
        registered(*adapters),
        patch("icb.operations.syncing.sync.open_http", lambda description, settings: NoHttp()),
    ):
        worker = Worker(by_kind={"sync": run_sync})
        worker.tick()
        return worker.work_off()


def look_at_syncs() -> dict[str, Any]:
    """What is stored, without what rightly tells of an interruption."""
    counts = fetch(
        "SELECT c.day, o.external_id, m.key, c.value, c.state FROM usage_count c "
        "JOIN count_key k ON k.id = c.count_key_id "
        "JOIN module_organization o ON o.id = k.module_organization_id "
        "JOIN module_connection m ON m.id = k.connection_id ORDER BY 1, 2, 3, 4"
    )
    stored = Sync.objects.exclude(code="interrupted")
    found = {
        "counts": counts,
        "snapshots": _rows(Snapshot, "connection__key", "day", "revision", "state", "row_count"),
        "proven": _rows(ProvenDay, "connection__key", "day"),
        "organizations": _rows(ModuleOrganization, "connection__key", "external_id", "name"),
        "failed": _rows(FailedSync, "connection__key", "day"),
        "syncs": sorted(stored.values_list("connection__key", "day", "state", "code")),
        "audit": sorted(
            AuditEvent.objects.filter(
                action__in=["take_snapshots", "note_module_organizations"]
            ).values_list("action", "subject", "data")
        ),
        "jobs": sorted(Job.objects.values_list("kind", "state")),
        "problems": [(str(problem),) for problem in verify()],
    }
    return {name: [list(map(str, row)) for row in rows] for name, rows in found.items()}


def count_interrupted() -> int:
    """How many attempts are noted as having died."""
    return Sync.objects.filter(code="interrupted").count()


def _rows(model: Any, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(model.objects.values_list(*columns))


SYNC_JOBS: dict[str, Callable[..., Any]] = {
    "connect_pulled": connect_pulled,
    "work_off": work_off,
    "look_at_syncs": look_at_syncs,
    "count_interrupted": count_interrupted,
}
