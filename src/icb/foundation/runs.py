"""Long pieces of work: how far they came, so that they can be watched and taken up again.

A run's rows are written in transactions of their own, beside the work. Whether work is left is
found from the data and not from these rows: one that a crash left `running` loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from icb.foundation.actor import current_actor
from icb.foundation.canonical import canonical_json
from icb.foundation.models import Run, RunState
from icb.kernel import clock


class RunRow(NamedTuple):
    """One run, for lists."""

    id: int
    kind: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    actor: str
    progress: dict[str, Any]


def start_run(kind: str) -> int:
    """Note that work of a kind begins now; the run's id.

    A run of the kind that is still noted as running can only have died, because runs of a kind
    hold one lock: it is marked as failed.
    """
    Run.objects.filter(kind=kind, state=RunState.RUNNING).update(
        state=RunState.FAILED, finished_at=clock.now()
    )
    run = Run.objects.create(
        kind=kind, state=RunState.RUNNING, started_at=clock.now(), actor=current_actor()
    )
    return int(run.pk)


def note_progress(run_id: int, *, progress: Mapping[str, int | str]) -> None:
    """Note how far a run came, in place of what was noted before."""
    Run.objects.filter(pk=run_id).update(progress=_plain(progress))


def finish_run(run_id: int, *, progress: Mapping[str, int | str], failed: bool = False) -> None:
    """Note that a run has ended, and with what."""
    Run.objects.filter(pk=run_id).update(
        state=RunState.FAILED if failed else RunState.DONE,
        finished_at=clock.now(),
        progress=_plain(progress),
    )


def runs(kind: str = "", *, limit: int = 20) -> list[RunRow]:
    """The newest runs, of one kind or of all, newest first."""
    chosen = Run.objects.filter(kind=kind) if kind else Run.objects.all()
    rows = chosen.order_by("-pk").values_list(
        "pk", "kind", "state", "started_at", "finished_at", "actor", "progress"
    )
    return [RunRow(*row) for row in rows[:limit]]


def _plain(progress: Mapping[str, int | str]) -> dict[str, int | str]:
    canonical_json(progress)  # refuses what JSON has no exact text for
    return dict(progress)
