"""Long pieces of work: begun, told how far they are, ended. What they did stands in their progress.

A run that a stopped process left `running` harms nothing: work is found by its own state, and the
next run of the kind says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from icb.foundation.actor import current_actor
from icb.foundation.models import Run, RunState
from icb.foundation.transactions import transaction
from icb.kernel import clock


def start_run(kind: str) -> int:
    """Begin a piece of work; its id."""
    with transaction():
        run = Run.objects.create(
            kind=kind, state=RunState.RUNNING, started_at=clock.now(), actor=current_actor()
        )
    run_id: int = run.pk
    return run_id


def tell_progress(run: int, *, progress: Mapping[str, Any]) -> None:
    """Say how far a run is, for whoever watches it."""
    with transaction():
        Run.objects.filter(pk=run).update(progress=dict(progress))


def finish_run(run: int, *, progress: Mapping[str, Any], failed: bool = False) -> None:
    """End a run with what it did."""
    with transaction():
        Run.objects.filter(pk=run).update(
            state=RunState.FAILED if failed else RunState.DONE,
            finished_at=clock.now(),
            progress=dict(progress),
        )
