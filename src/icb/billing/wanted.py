"""What every line of a contract should be, from everything known now. Pure.

`want_service` answers for one contract service and period: not due yet, waiting for a count, or
the lines as rated, each with the reasons that hold it (rules, sections 3, 5 and 8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from icb.billing.facts import ContractFacts, ServiceFacts
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.money import Minor
from icb.kernel.period import Period
from icb.mapping.units import FAR, ServiceRun
from icb.rating.line import LineKind, RatedLine
from icb.rating.rate import rate_service
from icb.rating.terms import Billing, CountingRule, UnitChanges
from icb.rating.units import PeriodUnits, UnitRun

DOUBLE_MAPPING = "double_mapping"


class PeriodState(StrEnum):
    """Whether a service's period can be billed."""

    UNCOVERED = "uncovered"  # no covered day: there is nothing to bill
    NOT_DUE = "not_due"
    WAITING = "waiting"  # due, but a count may still come
    DUE = "due"


class WantedLine(NamedTuple):
    """A line as it should be, and why it may not be posted yet (blank: it may)."""

    line: str
    rated: RatedLine
    held: str


class WantedService(NamedTuple):
    """One contract service in one period."""

    state: PeriodState
    lines: list[WantedLine]
    runs: list[ServiceRun]

    @property
    def net(self) -> Minor:
        """The sum of the rounded lines."""
        return sum(wanted.rated.amount for wanted in self.lines)

    @property
    def held(self) -> str:
        """Every reason that holds one of the lines."""
        return joined(wanted.held for wanted in self.lines)


def joined(reasons: Iterable[str]) -> str:
    """Comma-separated reasons, each once, in order."""
    return ",".join(sorted({word for text in reasons for word in text.split(",") if word}))


def runs_in(runs: list[ServiceRun], *, days: DayRange) -> list[ServiceRun]:
    """The runs clipped to the days."""
    start, end = days
    found = []
    for run in runs:
        if run.start < end and run.end > start:
            if run.start < start or run.end > end:
                run = run._replace(start=max(run.start, start), end=min(run.end, end))
            found.append(run)
    return found


def want_service(
    contract: ContractFacts, *, service: ServiceFacts, period: Period, through: date
) -> WantedService:
    """The lines of one contract service in one period, as far as it is due by `through`."""
    cover = period.intersect(contract.cover)
    runs = runs_in(service.runs, days=cover) if cover else []
    if service.counting is CountingRule.ONE_TIME:
        runs = _first_time(runs, service.first_true)
    if not runs:
        return WantedService(PeriodState.UNCOVERED, [], runs)
    if contract.billing is Billing.IN_ADVANCE and service.counting is not CountingRule.ONE_TIME:
        if period.start > through:
            return WantedService(PeriodState.NOT_DUE, [], runs)
        return _in_advance(contract, service, period=period, runs=runs)
    if not _due_in_arrears(runs, period=period, through=through):
        return WantedService(PeriodState.NOT_DUE, [], runs)
    if any(run.waiting for run in runs):
        return WantedService(PeriodState.WAITING, [], runs)
    return _in_arrears(contract, service, period=period, runs=runs)


def _first_time(runs: list[ServiceRun], first_true: date | None) -> list[ServiceRun]:
    """Of a one-time type only the first true day counts, wherever it lies."""
    if first_true is None:
        return []
    return runs_in(runs, days=DayRange(first_true, first_true + ONE_DAY))


def _due_in_arrears(runs: list[ServiceRun], *, period: Period, through: date) -> bool:
    """The period is over, or the cover inside it is (rules, section 8, "Due")."""
    return min(period.end, runs[-1].end) <= through


def _in_arrears(
    contract: ContractFacts, service: ServiceFacts, *, period: Period, runs: list[ServiceRun]
) -> WantedService:
    terms = contract.terms(service, period=period)
    before = _run_on(service.runs, period.start - ONE_DAY)
    goes_on = terms.counting is CountingRule.PERIOD_VALUE and before is not None
    units = PeriodUnits(period, _plain(runs), before.units if before and goes_on else None)
    rated = rate_service(terms, units)
    whole = _held_in(service, runs, period)
    one_count = terms.counting is not CountingRule.LEVEL or (
        terms.unit_changes is not UnitChanges.PRORATE_DAILY
    )
    if not whole or one_count or len(rated) == 1:
        return WantedService(PeriodState.DUE, _lines(rated, lambda _: whole), runs)
    ends = _segment_ends(rated, period)
    return WantedService(
        PeriodState.DUE,
        _lines(
            rated,
            lambda day: _held_in(
                service, runs_in(runs, days=DayRange(day, ends[day])), DayRange(day, ends[day])
            ),
        ),
        runs,
    )


def _segment_ends(rated: list[RatedLine], period: Period) -> dict[date, date]:
    starts = sorted({line.effective_on for line in rated})
    return dict(zip(starts, [*starts[1:], period.end], strict=True))


def _in_advance(
    contract: ContractFacts, service: ServiceFacts, *, period: Period, runs: list[ServiceRun]
) -> WantedService:
    """The base hangs on one count: the last before the period, or the first covered day's."""
    before = None
    if runs[0].start == period.start and not runs[0].typed:
        before = _run_on(service.runs, period.start - ONE_DAY)
        if before is not None and before.typed:
            before = None
    basis = before or runs[0]
    if basis.waiting or not basis.known:
        return WantedService(PeriodState.WAITING, [], runs)
    units = PeriodUnits(
        period,
        _plain(runs),
        before.units if before else None,
        before.estimated if before else False,
    )
    rated = rate_service(contract.terms(service, period=period), units)
    double = _conflict(service, period)
    base_held = joined([basis.held, double])
    held_from = min((run.start for run in runs if run.held), default=FAR)
    later_held = joined([base_held, *(run.held for run in runs)])

    lines = [
        WantedLine(
            _line_name(line),
            line,
            later_held if _is_change(line) and line.effective_on >= held_from else base_held,
        )
        for line in rated
    ]
    return WantedService(PeriodState.DUE, lines, runs)


def _is_change(line: RatedLine) -> bool:
    return LineKind.ADJUSTMENT in (line.kind, line.discounted)


def _lines(rated: list[RatedLine], held_on: Callable[[date], str]) -> list[WantedLine]:
    return [WantedLine(_line_name(line), line, held_on(line.effective_on)) for line in rated]


def _line_name(line: RatedLine) -> str:
    if line.discounted is not None:
        return f"discount_{line.discounted}"
    return line.kind.value


def _plain(runs: list[ServiceRun]) -> tuple[UnitRun, ...]:
    """The runs as rating takes them; a day that is only expected is not an estimate."""
    return tuple(UnitRun(run[0], run[1], run[2], run[3]) for run in runs)


def _run_on(runs: list[ServiceRun], day: date) -> ServiceRun | None:
    for run in runs:
        if run.start <= day < run.end:
            return run
    return None


def _held_in(service: ServiceFacts, runs: list[ServiceRun], days: DayRange) -> str:
    reasons = [run.held for run in runs if run.held]
    reasons.append(_conflict(service, days))
    return joined(reasons)


def _conflict(service: ServiceFacts, days: DayRange) -> str:
    conflicts = service.feeds.conflicts if service.feeds else []
    return DOUBLE_MAPPING if any(days.intersect(hole) for hole in conflicts) else ""
