"""The benchmark's figures as rows of text: per stage, then what follows from several."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from icb.operations.bench.run import Measured

COLUMNS = ("size", "month", "stage", "rows", "seconds", "rows/s", "queries", "x yardstick", "MB")
_MONEY_STAGES = ("bill", "post", "invoice")


def stage_rows(measured: Measured) -> list[tuple[str, ...]]:
    """A row of text per stage, as COLUMNS. A stage that writes nothing has no yardstick."""
    return [
        (
            measured.size,
            str(measured.month),
            stage.name,
            f"{stage.rows:,}",
            f"{stage.seconds:.3f}",
            f"{_rate(stage.rows, stage.seconds):,.0f}",
            str(stage.queries) if stage.queries else "",
            f"{stage.seconds / stage.yardstick:.1f}" if stage.yardstick else "",
            str(stage.peak_mb),
        )
        for stage in measured.stages
    ]


def conclusions(measured: Sequence[Measured]) -> list[str]:
    """What the figures say together: invoices per second, growth by size, the last month against
    the first."""
    lines = [_invoices(entry) for entry in measured]
    last_months = [entry for entry in measured if _is_last(entry, measured)]
    for smaller, larger in pairwise(last_months):
        lines.append(_growth(smaller, larger))
    lines += [_history(first, last) for first, last in _first_and_last(measured)]
    return lines


def _invoices(entry: Measured) -> str:
    seconds = _seconds(entry)
    rate = _rate(entry.organizations, seconds)
    rating = next(stage for stage in entry.stages if stage.name == "rating alone")
    each = 1e6 / _rate(rating.rows, rating.seconds)
    return (
        f"{entry.size}, month {entry.month}: bill, post and invoice {rate:,.0f} invoices a second; "
        f"rating alone {each:.0f} microseconds per contract service."
    )


def _growth(smaller: Measured, larger: Measured) -> str:
    tenfold = larger.organizations / smaller.organizations / 10
    parts = []
    for before, after in zip(smaller.stages, larger.stages, strict=True):
        growth = after.seconds / before.seconds / tenfold if before.seconds else 0.0
        parts.append(f"{after.name} {growth:.1f}")
    return f"{smaller.size} to {larger.size}, time per tenfold data: {', '.join(parts)}."


def _history(first: Measured, last: Measured) -> str:
    ratio = _seconds(last) / _seconds(first)
    return f"{last.size}: month {last.month} costs {ratio:.2f} times the first."


def _first_and_last(measured: Sequence[Measured]) -> list[tuple[Measured, Measured]]:
    return [
        (next(entry for entry in measured if entry.size == last.size), last)
        for last in measured
        if _is_last(last, measured) and last.month > 1
    ]


def _is_last(entry: Measured, measured: Sequence[Measured]) -> bool:
    return entry.month == max(other.month for other in measured if other.size == entry.size)


def _seconds(entry: Measured) -> float:
    return sum(stage.seconds for stage in entry.stages if stage.name in _MONEY_STAGES)


def _rate(rows: int, seconds: float) -> float:
    return rows / seconds if seconds else 0.0
