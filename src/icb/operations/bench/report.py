"""The benchmark's figures as rows of text: per stage, then what follows from several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from icb.operations.bench.measure import Stage
from icb.operations.bench.run import Measured

COLUMNS = (
    "size",
    "month",
    "stage",
    "rows",
    "seconds",
    "rows/s",
    "queries",
    "MB",
    "written",
    "writing",
    "yardstick",
    "x writing",
    "x stage",
    "x bare",
)
MOST_TIMES = 5
"""How many times its yardstick the writing of a stage may take."""

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
            str(stage.peak_mb),
            *_against_yardstick(stage),
        )
        for stage in measured.stages
    ]


def _against_yardstick(stage: Stage) -> tuple[str, ...]:
    if not stage.written:
        return ("",) * 6
    return (
        f"{stage.written:,}",
        f"{stage.writing:.3f}",
        f"{stage.yardstick:.3f}",
        f"{_rate(stage.writing, stage.yardstick):.1f}",
        f"{_rate(stage.seconds, stage.yardstick):.1f}",
        f"{_rate(stage.seconds, stage.bare):.1f}",
    )


def conclusions(measured: Sequence[Measured]) -> list[str]:
    """What the figures say together: invoices per second, writing against its yardstick, growth
    by size, the last month against the first."""
    lines = [line for entry in measured for line in (_invoices(entry), *_writing(entry))]
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


def _writing(entry: Measured) -> Iterator[str]:
    """Each stage's writing against its yardstick, and what else a stage does that takes longer."""
    named = f"{entry.size}, month {entry.month}"
    stages = [stage for stage in entry.stages if stage.yardstick]
    each = ", ".join(f"{stage.name} {stage.writing / stage.yardstick:.1f}" for stage in stages)
    late = [stage.name for stage in stages if stage.writing > MOST_TIMES * stage.yardstick]
    verdict = f"{', '.join(late)} missed it" if late else "all reached it"
    yield f"{named}: writing, in yardsticks: {each}; at most {MOST_TIMES}: {verdict}."
    for stage in stages:
        if stage.seconds > MOST_TIMES * stage.yardstick:
            rest = 1 - stage.writing / stage.seconds
            yield (
                f"{named}: {stage.name} as a whole takes {stage.seconds / stage.yardstick:.1f} "
                f"times the yardstick: {rest:.0%} of it reads and computes, for {stage.rows:,} "
                f"rows of work and {stage.written:,} rows written."
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


def _rate(rows: float, seconds: float) -> float:
    return rows / seconds if seconds else 0.0
