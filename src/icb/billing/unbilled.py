"""Usage that is on no invoice line, in unit-days and, where a price is known, in money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from icb.billing.facts import ContractFacts, ServiceFacts
from icb.billing.line_states import Segment, line_states, segments
from icb.billing.loading import add_units, load_terms, unit_windows
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
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.providers import current_provider, local_today
from icb.foundation.scope import provider_id
from icb.hub.key_queries import KeyRow, count_keys
from icb.hub.queries import readings
from icb.hub.reading import KeyRun, Reading
from icb.kernel.currency import minor_digits
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.money import Minor
from icb.kernel.period import Anchor, Period, PeriodLength, period_containing
from icb.kernel.quantity import MICRO, Micro
from icb.kernel.rounding import round_ratio, split_by_largest_remainder
from icb.mapping.feeds import days_between
from icb.rating.terms import CountingRule


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


@dataclass(slots=True)
class _Share:
    """What one key has of the days of a service's period that are in one state."""

    key: KeyRow
    days: DayRange
    counted: Micro


class _Lines(NamedTuple):
    """The lines that one row of the report is about."""

    service: int
    period_start: date
    standing: Standing


class PricedAt(NamedTuple):
    """What a unit of a billing type costs for a month, where that can be said."""

    unit_price: Micro
    currency: str


class Ledger:
    """Everything needed to say where the unit-days of a provider stand; read once, then asked."""

    def __init__(self, *, since: date | None = None, keys: Sequence[KeyRow] | None = None) -> None:
        self.until = local_today() + ONE_DAY
        self.keys = count_keys() if keys is None else keys
        self.since = since or min((key.first_day for key in self.keys), default=self.until)
        self.runs: dict[int, list[KeyRun]] = {}
        self.departed: dict[int, list[KeyRun]] = {}
        self.contracts = load_terms()
        self._services = {
            service.id: (contract, service)
            for contract in self.contracts.values()
            for service in contract.services.values()
        }
        self._read()
        self.owned = owned_days()
        self.mapped, self.covers = mapped_days()
        self.prices = self._prices()
        self.states = line_states()
        self.done_once = self._done_once()

    def first_days(self) -> dict[int, date]:
        """From which day on each contract is looked at, by its id."""
        return {
            contract.id: max(contract.starts_on, self.since) for contract in self.contracts.values()
        }

    def _done_once(self) -> set[int]:
        """Services of a one-time type that have their item: later days owe nothing more."""
        billed = {service for service, _ in self.states}
        return {
            service.id
            for contract in self.contracts.values()
            for service in contract.services.values()
            if service.counting is CountingRule.ONE_TIME and service.id in billed
        }

    def _read(self) -> None:
        """What counts, and what was counted although its organization had departed. Read once, for
        the keys and for the contracts, whose periods may have begun long before."""
        first_days = self.first_days()
        windows = unit_windows(self.contracts, first_days=first_days, through=local_today())
        found = readings(
            [key.id for key in self.keys],
            start=min([self.since, *(window.start for window in windows.values())]),
            end=self.until,
            with_departed=True,
        )
        for key, runs in found.items():
            departed = [run for run in runs if run.status == Reading.DEPARTED]
            if departed:
                runs = [run for run in runs if run.status != Reading.DEPARTED]
                self.departed[key] = departed
            self.runs[key] = runs
        add_units(self.contracts, windows=windows, found=self.runs, known_until=self.until)

    def _prices(self) -> dict[int, PricedAt]:
        """What a billing type costs where it is mapped to exactly one service: the contract's
        price, or where several contracts have the service at different prices, the catalogue's."""
        base = current_provider().currency
        prices = {}
        for billing_type, by_organization in self.mapped.items():
            services = {
                one.service
                for days in by_organization.values()
                for one in days
                if one.service is not None
            }
            found = [self._services[service] for service in services]
            if len({service.catalogue for _, service in found}) == 1:
                agreed = {
                    PricedAt(service.prices[-1].price.unit_price, contract.currency)
                    for contract, service in found
                }
                catalogue = PricedAt(found[0][1].catalogue_price, base)
                prices[billing_type] = agreed.pop() if len(agreed) == 1 else catalogue
        return prices

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
        shares: dict[_Lines, dict[int, _Share]] = defaultdict(dict)
        amounts: dict[_Lines, dict[DayRange, Minor]] = defaultdict(dict)
        for key in self.keys:
            for part in self.parts(key):
                if part.standing is not Standing.BILLED:
                    yield from self._off_line(key, part, self._all_runs(key))
                    continue
                departed = part._replace(standing=Standing.OUT_OF_COVER)
                yield from self._off_line(key, departed, self.departed.get(key.id, []))
                for lines, segment, share in self._on_line(key, part):
                    before = shares[lines].setdefault(key.id, share)
                    if before is not share:
                        before.days = DayRange(before.days.start, share.days.end)
                        before.counted += share.counted
                    if segment.amount is not None:
                        amounts[lines][segment.days] = segment.amount
        for lines, of_keys in shares.items():
            yield from self._rows_of(lines, of_keys, amounts.get(lines))

    def _all_runs(self, key: KeyRow) -> list[KeyRun]:
        return sorted([*self.runs.get(key.id, []), *self.departed.get(key.id, [])])

    def _on_line(self, key: KeyRow, part: Part) -> Iterator[tuple[_Lines, Segment, _Share]]:
        """The days of a part that lines cover, or will, and that are not billed."""
        runs = self.runs.get(key.id, [])
        service = part.service or 0
        if service in self.done_once:
            return
        for period, days in self._periods(part):
            for segment in segments(self.states.get((service, period.start), []), period=period):
                shared = segment.days.intersect(days)
                if shared is None or segment.standing is Standing.BILLED:
                    continue
                counted = unit_days(runs, days=shared, on_line=True)
                span = counted_span(runs, days=shared, on_line=True)
                if counted and span:
                    lines = _Lines(service, period.start, segment.standing)
                    yield lines, segment, _Share(key, span, counted)

    def _off_line(self, key: KeyRow, part: Part, runs: Sequence[KeyRun]) -> Iterator[UnbilledRow]:
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

    def _rows_of(
        self, lines: _Lines, of_keys: dict[int, _Share], amounts: dict[DayRange, Minor] | None
    ) -> Iterator[UnbilledRow]:
        """A row per key; the amount of the lines is shared by what each has counted."""
        contract, service = self._services[lines.service]
        amount = (
            sum(amounts.values())
            if amounts
            else _so_far(contract, service, lines.period_start, self.until)
        )
        shares = list(of_keys.values())
        parts: list[Minor | None] = [None] * len(shares)
        if amount is not None:
            parts = list(split_by_largest_remainder(amount, [share.counted for share in shares]))
        for share, part in zip(shares, parts, strict=True):
            yield UnbilledRow(
                lines.standing,
                share.key.module,
                share.key.external_id,
                share.key.billing_type,
                share.days.start,
                share.days.end - ONE_DAY,
                share.counted,
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


def owned_days(module_organizations: Iterable[int] | None = None) -> dict[int, list[OwnedDays]]:
    """Whose each module organization is, or each of these, on which days."""
    found: dict[int, list[OwnedDays]] = defaultdict(list)
    only, params = _only("module_organization_id", module_organizations)
    for owner, organization, start, end in fetch(
        "SELECT module_organization_id, organization_id, starts_on, ends_on "
        f"FROM organization_mapping WHERE provider_id = %s AND {only} ORDER BY id",
        [provider_id(), *params],
    ):
        found[owner].append(OwnedDays(days_between(start, end), organization))
    return found


def _only(column: str, ids: Iterable[int] | None) -> tuple[str, list[Any]]:
    return ("1 = 1", []) if ids is None else ids_in(column, ids=ids)


def mapped_days(
    organizations: Iterable[int] | None = None,
) -> tuple[dict[int, dict[int, list[MappedDays]]], dict[int, list[DayRange]]]:
    """Service mappings per billing type and organization, and contract days per organization; of
    all organizations, or of these."""
    only, params = _only("c.organization_id", organizations)
    mapped: dict[int, dict[int, list[MappedDays]]] = defaultdict(lambda: defaultdict(list))
    covers: dict[int, list[DayRange]] = defaultdict(list)
    known: dict[int, DayRange] = {}
    for billing_type, organization, contract, service, *dates in fetch(
        f"""
        SELECT m.billing_type_id, c.organization_id, c.id, m.contract_service_id,
               c.starts_on, c.ends_on, m.starts_on, m.ends_on
        FROM contract c LEFT JOIN service_mapping m ON m.contract_id = c.id
        WHERE c.provider_id = %s AND {only} ORDER BY m.id
        """,
        [provider_id(), *params],
    ):
        if contract not in known:
            known[contract] = days_between(*dates[:2])
            covers[organization].append(known[contract])
        cover = known[contract]
        days = cover.intersect(days_between(*dates[2:]))
        if days and billing_type is not None:
            mapped[billing_type][organization].append(MappedDays(contract, cover, service, days))
    return mapped, covers
