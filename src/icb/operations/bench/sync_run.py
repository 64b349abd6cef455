"""Runs the benchmark of syncs in a process of its own, and puts its figures into rows of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from icb.operations.bench.run import told_by

SYNC_COLUMNS = ("sync", "rows", "seconds", "rows/s", "queries", "write wait", "read")


class SyncStage(NamedTuple):
    """What one sync, or many at once, took.

    The waits, in seconds, are the longest of others meanwhile: of one that wants to write, and of
    one that reads a page's worth.
    """

    name: str
    rows: int
    seconds: float
    queries: int
    longest_write_wait: float
    longest_read: float


def measured_syncs(*, database_url: str = "") -> Iterator[SyncStage]:
    """Measure syncs, on SQLite or on an empty PostgreSQL database."""
    for found in told_by("icb.operations.bench.sync_measure", database_url=database_url):
        yield SyncStage(*found)


def sync_row(stage: SyncStage) -> tuple[str, ...]:
    """A stage as a row of text, as SYNC_COLUMNS."""
    return (
        stage.name,
        f"{stage.rows:,}",
        f"{stage.seconds:.3f}",
        f"{stage.rows / stage.seconds:,.0f}",
        str(stage.queries) if stage.queries else "",
        f"{stage.longest_write_wait:.3f}",
        f"{stage.longest_read:.3f}",
    )
