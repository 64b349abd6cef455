"""Whether every counted unit-day is where it belongs, once (rules, section 6).

Two things are held against each other that are computed on different roads: where the days of
each count key stand (from counts and mappings alone), and the unit-days that the items say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from icb.billing.facts import ContractFacts, LineKey, ServiceFacts
from icb.billing.loading import load_settled
from icb.billing.periods import periods_to_rate
from icb.billing.unbilled import Ledger
from icb.billing.usage import Part, Standing, unit_days
from icb.billing.wanted import runs_in, want_service
from icb.billing.work import contracts_behind
from icb.foundation.amounts import from_stored
from icb.foundation.bulk import fetch
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.hub.key_queries import KeyRow
from icb.kernel.days import DayRange, subtract
from icb.kernel.money import Minor
from icb.kernel.period import Period
from icb.kernel.quantity import Micro, format_micro
from icb.rating.terms import Billing, CountingRule, UnitChanges

ServicePeriod = tuple[int, date]
"""A contract service and the start of one of its periods."""

_ITEMS = """
SELECT contract_service_id, period_start, line, effective_on, unit_days, amount, currency
FROM draft_item
WHERE provider_id = %s AND contract_service_id IS NOT NULL AND line <> 'manual'
UNION ALL
SELECT i.contract_service_id, i.period_start, i.line, i.effective_on, i.unit_days, i.amount,
       i.currency
FROM billing_item i
WHERE i.provider_id = %s AND i.contract_service_id IS NOT NULL AND i.line <> 'manual'
  AND NOT EXISTS (SELECT 1 FROM unposting u WHERE u.item_id = i.id)
UNION ALL
SELECT d.contract_service_id, d.period_start, d.line, d.effective_on, COALESCE(d.unit_days, 0),
       d.amount, c.currency
FROM key_decision d JOIN contract c ON c.id = d.contract_id
WHERE d.provider_id = %s AND d.contract_service_id IS NOT NULL AND d.decision = 'waive'
"""


class Billed:
    """What items and waivers say per line: unit-days, and the amount in minor units."""

    def __init__(self) -> None:
        self.lines: dict[LineKey, tuple[Micro, Minor]] = defaultdict(lambda: (0, 0))
        self.unit_days: dict[ServicePeriod, Micro] = defaultdict(int)
        for service, start, line, effective_on, counted, amount, currency in fetch(
            _ITEMS, [provider_id()] * 3
        ):
            key = LineKey(service, start, line, effective_on)
            before = self.lines[key]
            self.lines[key] = before[0] + counted, before[1] + from_stored(amount, currency)
            self.unit_days[service, start] += counted


def conservation_problems() -> list[str]:
    """Where unit-days of the provider in scope are lost or counted twice; empty where none is."""
    ledger = Ledger()
    load_settled(ledger.contracts, first_days=ledger.first_days())
    counted: dict[ServicePeriod, Micro] = defaultdict(int)
    problems: list[str] = []
    for key in ledger.keys:
        parts = ledger.parts(key)
        whole = DayRange(max(key.first_day, ledger.since), ledger.until)
        problems += (f"{_name(key)}: {words}" for words in state_problems(parts, whole=whole))
        _add_on_lines(counted, ledger, key, parts)
    return [*problems, *_ledger_problems(ledger, counted, Billed())]


def state_problems(parts: Iterable[Part], *, whole: DayRange) -> Iterator[str]:
    """Each of a key's days is in a state, and for each service in one only."""
    parts = list(parts)
    for days in subtract(whole, [part.days for part in parts]):
        yield f"the days from {days.start} up to {days.end} are in no state."
    by_service: dict[tuple[int | None, int | None], list[DayRange]] = defaultdict(list)
    for part in parts:
        by_service[part.contract, part.service].append(part.days)
    for found in by_service.values():
        last: DayRange | None = None
        for days in sorted(found):
            if last is not None and days.start < last.end:
                yield f"{days.start} is in two states for one service."
            last = days


def _add_on_lines(
    counted: dict[ServicePeriod, Micro], ledger: Ledger, key: KeyRow, parts: Iterable[Part]
) -> None:
    runs = ledger.runs.get(key.id, [])
    for part in parts:
        if part.standing is not Standing.BILLED or part.service is None:
            continue
        contract = ledger.contracts[part.contract or 0]
        day = part.days.start
        while day < part.days.end:
            period = contract.period_of(day)
            days = DayRange(day, min(period.end, part.days.end))
            counted[part.service, period.start] += unit_days(runs, days=days, on_line=True)
            day = period.end


def _ledger_problems(
    ledger: Ledger, counted: dict[ServicePeriod, Micro], billed: Billed
) -> Iterator[str]:
    """The counted unit-days of settled periods against those of the items."""
    summed = _services_summed()
    behind = contracts_behind()
    for contract in ledger.contracts.values():
        if contract.id in behind or contract.billing is not Billing.IN_ARREARS:
            continue
        for period in _settled_periods(contract):
            for service in contract.services.values():
                if service.id in summed and _is_summed_daily(contract, service, period):
                    should = counted[service.id, period.start] + _typed(service, period)
                    yield from _difference(contract, service, period, should, billed)


def _settled_periods(contract: ContractFacts) -> Iterator[Period]:
    for period in periods_to_rate(contract, first=contract.starts_on, through=local_today()):
        if contract.settled_until is not None and period.end <= contract.settled_until:
            yield period


def _services_summed() -> set[int]:
    """Contract services that counts drive, and only such as are added up."""
    rows = fetch(
        """
        SELECT m.contract_service_id FROM service_mapping m
        JOIN billing_type t ON t.id = m.billing_type_id
        WHERE m.provider_id = %s AND m.contract_service_id IS NOT NULL
        GROUP BY m.contract_service_id
        HAVING SUM(CASE WHEN t.merge = 'sum' THEN 0 ELSE 1 END) = 0
        """,
        [provider_id()],
    )
    return {row[0] for row in rows}


def _is_summed_daily(contract: ContractFacts, service: ServiceFacts, period: Period) -> bool:
    """Where one count stands for a whole period, unit-days are not those that were counted."""
    chosen = contract.terms(service, period=period).unit_changes
    return service.counting is CountingRule.LEVEL and chosen is UnitChanges.PRORATE_DAILY


def _typed(service: ServiceFacts, period: Period) -> Micro:
    runs = runs_in(service.runs, days=DayRange(period.start, period.end))
    return sum(run.units * (run.end - run.start).days for run in runs if run.typed)


def _difference(
    contract: ContractFacts, service: ServiceFacts, period: Period, should: Micro, billed: Billed
) -> Iterator[str]:
    found = billed.unit_days[service.id, period.start]
    if found == should or _is_without_money(contract, service, period, should, billed):
        return
    yield (
        f"Contract {contract.key}, {service.key}, period from {period.start}: "
        f"{format_micro(should)} unit-days were counted, and {format_micro(found)} are billed."
    )


def _is_without_money(
    contract: ContractFacts, service: ServiceFacts, period: Period, should: Micro, billed: Billed
) -> bool:
    """Whether all unit-days reached rating, and those the items lack change no amount.

    A correction of 0.00 is not made, so a changed count inside the included quantity leaves the
    items as they are.
    """
    wanted = want_service(contract, service=service, period=period, through=local_today())
    lines = {
        LineKey(service.id, period.start, line.line, line.rated.effective_on): line.rated
        for line in wanted.lines
    }
    if sum(rated.unit_days for rated in lines.values()) != should:
        return False
    keys = {key for key in billed.lines if key[:2] == (service.id, period.start)}
    return all(
        (lines[key].amount if key in lines else 0) == billed.lines[key][1]
        for key in keys | lines.keys()
        if key.line != "minimum"
    )


def _name(key: KeyRow) -> str:
    return f"Module {key.module}, organization {key.external_id}, {key.billing_type}"
