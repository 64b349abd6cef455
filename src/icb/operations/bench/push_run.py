"""Runs the benchmark of pushing in a process of its own, and puts its figures into rows of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from icb.operations.bench.run import told_by

PUSH_COLUMNS = ("pushed", "counts", "seconds", "counts/s", "requests")


class PushStage(NamedTuple):
    """What one form of pushing took, from the first request to the last answer."""

    name: str
    counts: int
    seconds: float
    requests: int


def measured_pushes(*, database_url: str = "", requests: int = 60) -> Iterator[PushStage]:
    """Measure pushing batches of 1,000 to a server, on SQLite or an empty PostgreSQL database."""
    module = "icb.operations.bench.pushes"
    for found in told_by(module, str(requests), database_url=database_url):
        yield PushStage(*found)


def push_row(stage: PushStage) -> tuple[str, ...]:
    """A stage as a row of text, as PUSH_COLUMNS."""
    rate = f"{stage.counts / stage.seconds:,.0f}"
    return (stage.name, f"{stage.counts:,}", f"{stage.seconds:.3f}", rate, str(stage.requests))
