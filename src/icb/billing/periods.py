"""A contract's periods: which are to be looked at, and every line of one of them. Pure."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from icb.billing.facts import ContractFacts, LineKey, ServiceFacts
from icb.billing.wanted import PeriodState, WantedLine, WantedService, joined, want_service
from icb.kernel.days import ONE_DAY
from icb.kernel.period import Period, periods
from icb.rating.following import minimum_line
from icb.rating.terms import Billing
from icb.rating.units import UnitRun, covered_days


class WantedPeriod(NamedTuple):
    """One contract in one period.

    `open_services` are those whose items must be left as they are: not due, or waiting. `whole`
    is True where the contract's own minimum could be judged, and `settled` where nothing about
    the period can change any more without a mark.
    """

    period: Period
    lines: dict[LineKey, WantedLine]
    services: dict[int, WantedService]
    open_services: set[int]
    whole: bool
    settled: bool


def periods_to_rate(
    contract: ContractFacts, *, first: date, through: date, last_draft: date = date.min
) -> list[Period]:
    """The periods from the one of `first` on that can have something due by `through`.

    Periods after the contract's end are among them where something stands posted or drafted there
    (`last_draft` is the start of the last such period): an end that was brought forward takes it
    back.
    """
    bound = through + ONE_DAY if contract.billing is Billing.IN_ADVANCE else through
    last_item = max((key.period_start for key in contract.posted), default=date.min)
    last_item = max(last_item, last_draft)
    return periods(
        starts_on=contract.starts_on,
        length=contract.length,
        anchor=contract.anchor,
        first=contract.period_of(max(first, contract.starts_on)).start,
        until=min(bound, max(contract.cover.end, last_item + ONE_DAY)),
    )


def want_period(contract: ContractFacts, *, period: Period, through: date) -> WantedPeriod:
    """Every line of the contract in the period."""
    lines: dict[LineKey, WantedLine] = {}
    services: dict[int, WantedService] = {}
    open_services: set[int] = set()
    for service in contract.services.values():
        wanted = want_service(contract, service=service, period=period, through=through)
        services[service.id] = wanted
        if wanted.state in (PeriodState.NOT_DUE, PeriodState.WAITING):
            open_services.add(service.id)
            continue
        for line in _with_minimum(contract, service, period=period, wanted=wanted):
            key = LineKey(service.id, period.start, line.line, line.rated.effective_on)
            lines[key] = line
    whole = not open_services and _is_due(contract, period, through)
    if whole:
        for line in _contract_minimum(contract, period=period, lines=lines):
            lines[LineKey(None, period.start, line.line, period.start)] = line
    return WantedPeriod(
        period,
        lines,
        services,
        open_services,
        whole,
        _is_settled(period, services=services, lines=lines, through=through),
    )


def _with_minimum(
    contract: ContractFacts, service: ServiceFacts, *, period: Period, wanted: WantedService
) -> list[WantedLine]:
    if service.minimum_amount is None or not wanted.lines:
        return wanted.lines
    top_up = minimum_line(
        service.minimum_amount,
        period=period,
        covered_days=covered_days(tuple(UnitRun(run[0], run[1], run[2]) for run in wanted.runs)),
        net=wanted.net,
        minor_digits=contract.minor_digits,
    )
    if top_up is None:
        return wanted.lines
    return [*wanted.lines, WantedLine("minimum", top_up, wanted.held)]


def _contract_minimum(
    contract: ContractFacts, *, period: Period, lines: dict[LineKey, WantedLine]
) -> list[WantedLine]:
    cover = period.intersect(contract.cover)
    if contract.minimum_amount is None or cover is None:
        return []
    top_up = minimum_line(
        contract.minimum_amount,
        period=period,
        covered_days=cover.days,
        net=sum(line.rated.amount for line in lines.values()),
        minor_digits=contract.minor_digits,
    )
    held = joined(line.held for line in lines.values())
    return [] if top_up is None else [WantedLine("minimum", top_up, held)]


def _is_due(contract: ContractFacts, period: Period, through: date) -> bool:
    """Whether the contract as a whole is due in the period (rules, section 8, "Due")."""
    if contract.billing is Billing.IN_ADVANCE:
        return period.start <= through
    return min(period.end, max(contract.cover.end, period.start)) <= through


def _is_settled(
    period: Period,
    *,
    services: dict[int, WantedService],
    lines: dict[LineKey, WantedLine],
    through: date,
) -> bool:
    if period.end > through or any(line.held for line in lines.values()):
        return False
    return all(
        wanted.state in (PeriodState.UNCOVERED, PeriodState.DUE)
        and all(run.known and not run.waiting for run in wanted.runs)
        for wanted in services.values()
    )
