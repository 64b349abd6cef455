"""Usage that is on no invoice line, in unit-days and, where a price is known, in money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from icb.billing.facts import ContractFacts, ServiceFacts
from icb.billing.loading import load_contracts
from icb.billing.usage import (
    MappedDays,
    OwnedDays,
    Part,
    Standing,
    counted_span,
    sort_days,
    unit_days,
)
from icb.billing.wanted import runs_in, want_service
from icb.foundation.amounts import from_stored
from icb.foundation.bulk import fetch
from icb.foundation.providers import current_provider, local_today
from icb.foundation.scope import provider_id
from icb.hub.queries import readings
from icb.hub.reading import KeyRun
from icb.kernel.currency import minor_digits
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.money import Minor
from icb.kernel.period import Anchor, Period, PeriodLength, period_containing
from icb.kernel.quantity import MICRO, Micro
from icb.kernel.rounding import round_ratio, split_by_largest_remainder
from icb.mapping.feeds import days_between


class UnbilledRow(NamedTuple):
    """A stretch of a key's days that is not billed. `to_day` is inclusive; `amount` is None where
    no price is known, in `currency` otherwise."""

    reason: str
    module: str
    module_organization: str
    billing_type: str
    from_day: date
    to_day: date
    unit_days: Micro
    amount: Minor | None
    currency: str


class KeyRow(NamedTuple):
    """A count key with the names people know it by."""

    id: int
    module: str
    organization_id: int
    external_id: str
    billing_type_id: int
    billing_type: str
    first_day: date


class _LineState(NamedTuple):
    standing: Standing
    amount: Minor | None


class PricedAt(NamedTuple):
    """What a unit of a billing type costs for a month, where that can be said."""

    unit_price: Micro
    currency: str


class Ledger:
    """Everything needed to say where the unit-days of a provider stand; read once, then asked."""

    def __init__(self, *, since: date | None = None, keys: Sequence[int] | None = None) -> None:
        self.until = local_today() + ONE_DAY
        self.keys = [key for key in _keys() if keys is None or key.id in set(keys)]
        self.since = since or min((key.first_day for key in self.keys), default=self.until)
        self.runs: dict[int, list[KeyRun]] = {}
        if self.keys and self.since < self.until:
            ids = [key.id for key in self.keys]
            self.runs = readings(ids, start=self.since, end=self.until)
        self.owned = _owned()
        self.mapped, self.covers = _mapped()
        self.prices = _prices()
        self.contracts = self._load_contracts()
        self.states = _line_states()

    def _load_contracts(self) -> dict[int, ContractFacts]:
        rows = fetch("SELECT id, starts_on FROM contract WHERE provider_id = %s", [provider_id()])
        first_days = {contract: max(starts_on, self.since) for contract, starts_on in rows}
        loaded = load_contracts(first_days, through=local_today())
        return {contract.id: contract for contract in loaded}

    def parts(self, key: KeyRow) -> list[Part]:
        """The days of a key, up to today, by what covers them."""
        whole = DayRange(max(key.first_day, self.since), self.until)
        return sort_days(
            whole,
            owned=self.owned.get(key.organization_id, []),
            mapped=self.mapped.get(key.billing_type_id, {}),
            covers=self.covers,
        )

    def rows(self) -> Iterator[UnbilledRow]:
        """Every stretch that is not billed, key by key, oldest first."""
        shares: dict[tuple[int, date, Standing], list[tuple[KeyRow, DayRange, Micro]]]
        shares = defaultdict(list)
        for key in self.keys:
            for part in self.parts(key):
                if part.standing is not Standing.BILLED:
                    yield from self._off_line(key, part)
                    continue
                for period, days in self._periods(part):
                    state = self._state(part, period)
                    counted = unit_days(self.runs.get(key.id, []), days=days, on_line=True)
                    if state.standing is not Standing.BILLED and counted:
                        at = (part.service or 0, period.start, state.standing)
                        shares[at].append((key, days, counted))
        yield from self._on_lines(shares)

    def _off_line(self, key: KeyRow, part: Part) -> Iterator[UnbilledRow]:
        runs = self.runs.get(key.id, [])
        span = counted_span(runs, days=part.days, on_line=False)
        counted = unit_days(runs, days=part.days, on_line=False)
        if span is None or counted == 0:
            return
        price = self._price(key, part)
        yield UnbilledRow(
            part.standing,
            key.module,
            key.external_id,
            key.billing_type,
            span.start,
            span.end - ONE_DAY,
            counted,
            _at_price(runs, part.days, price) if price else None,
            price.currency if price else "",
        )

    def _price(self, key: KeyRow, part: Part) -> PricedAt | None:
        """At risk or given up is what a price is known for: the service that took the later days,
        else the only service that the billing type is mapped to."""
        if part.standing not in (Standing.UNMAPPED, Standing.WAIVED):
            return None
        if part.service is not None and part.contract is not None:
            contract = self.contracts[part.contract]
            price = contract.services[part.service].prices[-1].price
            return PricedAt(price.unit_price, contract.currency)
        return self.prices.get(key.billing_type_id)

    def _periods(self, part: Part) -> Iterator[tuple[Period, DayRange]]:
        contract = self.contracts[part.contract or 0]
        day = part.days.start
        while day < part.days.end:
            period = contract.period_of(day)
            yield period, DayRange(day, min(period.end, part.days.end))
            day = period.end

    def _state(self, part: Part, period: Period) -> _LineState:
        found = self.states.get((part.service or 0, period.start))
        return found or _LineState(Standing.WAITING, None)

    def _on_lines(
        self, shares: dict[tuple[int, date, Standing], list[tuple[KeyRow, DayRange, Micro]]]
    ) -> Iterator[UnbilledRow]:
        services = {
            service.id: (contract, service)
            for contract in self.contracts.values()
            for service in contract.services.values()
        }
        for (service_id, start, standing), keys in shares.items():
            contract, service = services[service_id]
            state = self.states.get((service_id, start))
            amount = state.amount if state else _so_far(contract, service, start, self.until)
            parts: list[Minor | None] = [None] * len(keys)
            if amount is not None:
                parts = list(split_by_largest_remainder(amount, [share[2] for share in keys]))
            for (key, days, counted), part in zip(keys, parts, strict=True):
                span = counted_span(self.runs[key.id], days=days, on_line=True) or days
                yield UnbilledRow(
                    standing,
                    key.module,
                    key.external_id,
                    key.billing_type,
                    span.start,
                    span.end - ONE_DAY,
                    counted,
                    part,
                    contract.currency,
                )


def _so_far(
    contract: ContractFacts, service: ServiceFacts, start: date, until: date
) -> Minor | None:
    """What the known days of a period come to that is not billed yet."""
    period = contract.period_of(start)
    known = [run for run in runs_in(service.runs, days=DayRange(start, until)) if not run.waiting]
    if not known:
        return None
    cut = ServiceFacts(**{name: getattr(service, name) for name in ServiceFacts.__slots__})
    cut.runs = [run for run in service.runs if run.end <= start] + known
    return want_service(contract, service=cut, period=period, through=period.end).net


def _at_price(runs: Sequence[KeyRun], days: DayRange, price: PricedAt) -> Minor:
    """Unit-days at a monthly price, each calendar month by its own number of days."""
    numerators: dict[int, int] = defaultdict(int)
    day = days.start
    while day < days.end:
        month = period_containing(
            day, starts_on=day, length=PeriodLength.MONTHLY, anchor=Anchor.CALENDAR
        )
        part = DayRange(day, min(month.end, days.end))
        counted = unit_days(runs, days=part, on_line=False)
        numerators[month.days] += counted * price.unit_price
        day = month.end
    common = 31 * 30 * 29 * 28
    exact = sum(numerator * (common // length) for length, numerator in numerators.items())
    digits = minor_digits(price.currency)
    return round_ratio(exact * 10**digits, common * MICRO * MICRO)


def _keys() -> list[KeyRow]:
    rows = fetch(
        """
        SELECT k.id, n.key, k.module_organization_id, mo.external_id, k.billing_type_id, bt.key,
               k.first_counted_on
        FROM count_key k
        JOIN module_connection n ON n.id = k.connection_id
        JOIN module_organization mo ON mo.id = k.module_organization_id
        JOIN billing_type bt ON bt.id = k.billing_type_id
        WHERE k.provider_id = %s AND k.first_counted_on IS NOT NULL
        ORDER BY n.id, mo.id, bt.id
        """,
        [provider_id()],
    )
    return [KeyRow(*row) for row in rows]


def _owned() -> dict[int, list[OwnedDays]]:
    found: dict[int, list[OwnedDays]] = defaultdict(list)
    for owner, organization, start, end in fetch(
        "SELECT module_organization_id, organization_id, starts_on, ends_on "
        "FROM organization_mapping WHERE provider_id = %s ORDER BY id",
        [provider_id()],
    ):
        found[owner].append(OwnedDays(days_between(start, end), organization))
    return found


def _mapped() -> tuple[dict[int, dict[int, list[MappedDays]]], dict[int, list[DayRange]]]:
    """Service mappings per billing type and organization, and contract days per organization."""
    mapped: dict[int, dict[int, list[MappedDays]]] = defaultdict(lambda: defaultdict(list))
    covers: dict[int, list[DayRange]] = defaultdict(list)
    for organization, start, end in fetch(
        "SELECT organization_id, starts_on, ends_on FROM contract WHERE provider_id = %s",
        [provider_id()],
    ):
        covers[organization].append(days_between(start, end))
    for billing_type, organization, contract, service, *dates in fetch(
        """
        SELECT m.billing_type_id, c.organization_id, c.id, m.contract_service_id,
               c.starts_on, c.ends_on, m.starts_on, m.ends_on
        FROM service_mapping m JOIN contract c ON c.id = m.contract_id
        WHERE m.provider_id = %s ORDER BY m.id
        """,
        [provider_id()],
    ):
        cover = days_between(*dates[:2])
        days = cover.intersect(days_between(*dates[2:]))
        if days:
            mapped[billing_type][organization].append(MappedDays(contract, cover, service, days))
    return mapped, covers


def _prices() -> dict[int, PricedAt]:
    """Billing types that are mapped to exactly one service, with its catalogue price."""
    services: dict[int, set[tuple[int, Micro]]] = defaultdict(set)
    for billing_type, service, price in fetch(
        """
        SELECT DISTINCT m.billing_type_id, s.id, s.price
        FROM service_mapping m
        JOIN contract_service cs ON cs.id = m.contract_service_id
        JOIN service s ON s.id = cs.service_id
        WHERE m.provider_id = %s
        """,
        [provider_id()],
    ):
        services[billing_type].add((service, price))
    currency = current_provider().currency
    return {
        billing_type: PricedAt(next(iter(found))[1], currency)
        for billing_type, found in services.items()
        if len(found) == 1
    }


def _line_states() -> dict[tuple[int, date], _LineState]:
    """Per contract service and period that has items: the state of its lines, and their amount.

    A service with one held line is held as a whole here, then deferred, then billed.
    """
    found: dict[tuple[int, date], _LineState] = {}
    for service, start in fetch(
        "SELECT DISTINCT contract_service_id, period_start FROM billing_item i "
        "WHERE provider_id = %s AND line = 'recurring' "
        "AND NOT EXISTS (SELECT 1 FROM unposting u WHERE u.item_id = i.id)",
        [provider_id()],
    ):
        found[service, start] = _LineState(Standing.BILLED, None)
    for service, start, amount, currency in fetch(
        """
        SELECT d.contract_service_id, d.period_start, SUM(d.amount), c.currency
        FROM key_decision d JOIN contract c ON c.id = d.contract_id
        WHERE d.provider_id = %s AND d.decision = 'waive' AND d.line = 'recurring'
        GROUP BY d.contract_service_id, d.period_start, c.currency
        """,
        [provider_id()],
    ):
        found[service, start] = _LineState(Standing.WAIVED, from_stored(amount, currency))
    for service, start, held, deferred, amount, currency in fetch(
        """
        SELECT contract_service_id, period_start, MAX(held),
               SUM(CASE WHEN deferred_until > %s THEN 1 ELSE 0 END), SUM(amount), currency
        FROM draft_item
        WHERE provider_id = %s AND contract_service_id IS NOT NULL AND line <> 'manual'
        GROUP BY contract_service_id, period_start, currency
        """,
        [local_today(), provider_id()],
    ):
        standing = Standing.BILLED
        if held or deferred:
            standing = Standing.HELD if held else Standing.DEFERRED
        elif (service, start) in found:
            continue
        found[service, start] = _LineState(standing, from_stored(amount, currency))
    return found
