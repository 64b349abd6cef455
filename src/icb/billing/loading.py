"""Loads what a run needs of many contracts: a fixed number of queries for any number of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from operator import attrgetter

from icb.billing.facts import ContractFacts, LineKey, Posted, ServiceFacts, Settled
from icb.foundation.amounts import stored_parts
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.fields import AMOUNT_SCALE, MICRO_SCALE
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.hub.queries import first_true_days, readings
from icb.hub.reading import KeyRun
from icb.kernel.currency import minor_digits
from icb.kernel.days import ONE_DAY, DayRange, subtract
from icb.kernel.period import Anchor, PeriodLength
from icb.kernel.quantity import MICRO
from icb.mapping.feeds import service_feeds
from icb.mapping.units import FAR, ServiceRun, combine, feed_runs
from icb.rating.terms import (
    Billing,
    CountingRule,
    Price,
    PriceFrom,
    PricingKind,
    Tier,
    UnitChanges,
)

TAX_OF_ORGANIZATION = (
    "CASE WHEN NOT o.tax_exempt OR own.category <> 'S' THEN o.tax_rate_id ELSE NULL END"
)
"""SQL: the tax of what an organization `o` pays, with its own tax as `own`."""
TAX_OF_SERVICE = (
    "CASE WHEN NOT o.tax_exempt THEN COALESCE(s.tax_rate_id, o.tax_rate_id) "
    "WHEN own.category <> 'S' THEN o.tax_rate_id ELSE NULL END"
)
"""SQL: the tax of what an organization pays for a service `s`, which may be missing."""
_AMOUNT_TO_MICRO = 10 ** (MICRO_SCALE - AMOUNT_SCALE)


def load_contracts(
    first_days: dict[int, date], *, through: date, known_until: date | None = None
) -> list[ContractFacts]:
    """The contracts with everything known of them, from a day on, in order of organization.

    `first_days` says per contract id from which day on its periods will be looked at; units are
    loaded from the day before the period of that day. `known_until` is the day after today.
    """
    contracts = load_terms(first_days)
    load_settled(contracts, first_days=first_days)
    windows = unit_windows(contracts, first_days=first_days, through=through)
    known_until = known_until or local_today() + ONE_DAY
    if windows:
        found = readings(
            fed_by(contracts),
            start=min(window.start for window in windows.values()),
            end=min(known_until, max(window.end for window in windows.values())),
        )
        add_units(contracts, windows=windows, found=found, known_until=known_until)
    return sorted(contracts.values(), key=attrgetter("organization", "id"))


def load_terms(ids: Iterable[int] | None = None) -> dict[int, ContractFacts]:
    """What is agreed in these contracts, or in all of the provider, and what feeds their services;
    without units, and without what was billed."""
    contracts = _contracts(ids)
    services = _services(contracts)
    _load_dated_terms(services, contracts)
    for service, feeds in service_feeds(list(contracts)).items():
        services[service].feeds = feeds
    return contracts


def _contracts(ids: Iterable[int] | None) -> dict[int, ContractFacts]:
    chosen, params = ("1 = 1", []) if ids is None else ids_in("c.id", ids=ids)
    rows = fetch(
        f"""
        SELECT c.id, c.key, c.organization_id, c.starts_on, c.ends_on, c.period, c.anchor,
               c.billing, c.currency, c.minimum_amount, {TAX_OF_ORGANIZATION},
               b.settled_until
        FROM contract c
        JOIN organization o ON o.id = c.organization_id
        LEFT JOIN tax_rate own ON own.id = o.tax_rate_id
        LEFT JOIN contract_billing b ON b.contract_id = c.id
        WHERE c.provider_id = %s AND {chosen}
        """,
        [provider_id(), *params],
    )
    return {
        row[0]: ContractFacts(
            id=row[0],
            key=row[1],
            organization=row[2],
            starts_on=row[3],
            ends_on=row[4],
            length=PeriodLength(row[5]),
            anchor=Anchor(row[6]),
            billing=Billing(row[7]),
            currency=row[8],
            minor_digits=minor_digits(row[8]),
            minimum_amount=_as_micro(row[9]),
            tax=row[10],
            settled_until=row[11],
        )
        for row in rows
    }


def _as_micro(amount: int | None) -> int | None:
    return None if amount is None else amount * _AMOUNT_TO_MICRO


def _services(contracts: dict[int, ContractFacts]) -> dict[int, ServiceFacts]:
    """All services of the contracts, in the order of entry. The service's tax, else the
    organization's; an exempt organization has its own where that is not charged, else none (rules,
    section 8, "Tax")."""
    chosen, params = ids_in("cs.contract_id", ids=contracts)
    rows = fetch(
        f"""
        SELECT cs.contract_id, cs.id, cs.key, cs.pricing, cs.minimum, cs.included, cs.package_size,
               cs.discount, cs.minimum_amount, {TAX_OF_SERVICE}, s.id, s.price, s.name
        FROM contract_service cs
        JOIN contract c ON c.id = cs.contract_id
        JOIN organization o ON o.id = c.organization_id
        JOIN service s ON s.id = cs.service_id
        LEFT JOIN tax_rate own ON own.id = o.tax_rate_id
        WHERE {chosen}
        ORDER BY cs.id
        """,
        params,
    )
    found = {}
    for row in rows:
        contract = contracts[row[0]]
        service = ServiceFacts(
            id=row[1],
            key=row[2],
            pricing=PricingKind(row[3]),
            minimum=row[4],
            included=row[5],
            package_size=row[6] or MICRO,
            discount=row[7],
            minimum_amount=_as_micro(row[8]),
            tax=row[9],
            catalogue=row[10],
            catalogue_price=row[11],
            name=row[12],
        )
        contract.services[service.id] = found[service.id] = service
    return found


# Three kinds of terms, told apart by the first column; each in the order of entry.
_DATED = """
SELECT {kind}, x.contract_service_id, x.from_day, {number}, {text}, x.id
FROM {table} x JOIN contract_service cs ON cs.id = x.contract_service_id
WHERE {chosen}
"""
_PRICE, _TYPED, _CHANGES = range(3)
_TERMS = (
    (_PRICE, "contract_price", "x.unit_price", "CAST(x.tiers AS TEXT)"),
    (_TYPED, "contract_units", "x.units", "''"),
    (_CHANGES, "contract_unit_changes", "0", "x.unit_changes"),
)


def _load_dated_terms(services: dict[int, ServiceFacts], ids: Iterable[int]) -> None:
    """Prices, typed units and policies: of the rows of one day, the newest is in force."""
    chosen, params = ids_in("cs.contract_id", ids=ids)
    parts = [
        _DATED.format(kind=kind, table=table, number=number, text=text, chosen=chosen)
        for kind, table, number, text in _TERMS
    ]
    rows = fetch(" UNION ALL ".join(parts) + " ORDER BY 1, 6", params * len(parts))
    newest: dict[tuple[int, int], dict[date, tuple[int, str]]] = defaultdict(dict)
    for kind, service, day, number, text, _ in rows:
        newest[kind, service][day] = number, text
    for (kind, service), days in newest.items():
        facts, entries = services[service], sorted(days.items())
        if kind == _PRICE:
            facts.prices = tuple(PriceFrom(day, _price(*price)) for day, price in entries)
        elif kind == _TYPED:
            facts.typed = [(day, units) for day, (units, _) in entries]
        else:
            facts.unit_changes = [(day, UnitChanges(word)) for day, (_, word) in entries]


def _price(unit_price: int, tiers: str) -> Price:
    if tiers == "[]":
        return Price(unit_price)
    return Price(unit_price, tuple(Tier(up_to, price) for up_to, price in json.loads(tiers)))


_POSTED = """
    i.contract_id, i.contract_service_id, i.period_start, i.line, i.effective_on,
    i.amount, i.units, i.unit_days, i.revision, u.id
"""


def load_settled(contracts: dict[int, ContractFacts], *, first_days: dict[int, date]) -> None:
    """What stands posted or decided, from the earliest period that will be looked at."""
    ids = list(contracts)
    starts = [entry.period_of(first_days[entry.id]).start for entry in contracts.values()]
    earliest = min(starts, default=date.max)
    chosen, params = ids_in("cs.contract_id", ids=ids)
    own, own_params = ids_in("i.contract_id", ids=ids)
    # Two halves, so that each finds its rows by an index that begins with them and the period.
    rows = fetch(
        f"""
        SELECT {_POSTED}
        FROM contract_service cs
        JOIN billing_item i ON i.contract_service_id = cs.id
        LEFT JOIN unposting u ON u.item_id = i.id
        WHERE {chosen} AND i.period_start >= %s AND i.line <> 'manual'
        UNION ALL
        SELECT {_POSTED}
        FROM billing_item i
        LEFT JOIN unposting u ON u.item_id = i.id
        WHERE {own} AND i.contract_service_id IS NULL
          AND i.period_start >= %s AND i.line <> 'manual'
        """,
        [*params, earliest, *own_params, earliest],
    )
    for contract_id, *key, amount, units, unit_days, revision, unposted in rows:
        contract = contracts[contract_id]
        line_key = LineKey(*key)
        before = contract.posted.get(line_key, Posted(0, 0, 0, 0, 0))
        revision = max(before.last_revision, revision)
        if unposted is not None:
            contract.posted[line_key] = before._replace(last_revision=revision)
            continue
        contract.posted[line_key] = Posted(
            before.amount + amount // stored_parts(contract.minor_digits),
            before.units + units,
            before.unit_days + unit_days,
            before.times + 1,
            revision,
        )
    _load_decisions(contracts, earliest)


def _load_decisions(contracts: dict[int, ContractFacts], earliest: date) -> None:
    chosen, params = ids_in("d.contract_id", ids=list(contracts))
    rows = fetch(
        f"""
        SELECT d.contract_id, d.contract_service_id, d.period_start, d.line, d.effective_on,
               d.decision, d.until, d.amount
        FROM key_decision d
        WHERE {chosen} AND d.period_start >= %s
        ORDER BY d.id
        """,
        [*params, earliest],
    )
    for contract_id, *key, decision, until, amount in rows:
        contract = contracts[contract_id]
        before = contract.settled.get(LineKey(*key), Settled())
        if decision == "waive":
            waived = before.waived + amount // stored_parts(contract.minor_digits)
            contract.settled[LineKey(*key)] = before._replace(waived=waived)
        else:
            contract.settled[LineKey(*key)] = before._replace(deferred_until=until)


def unit_windows(
    contracts: dict[int, ContractFacts], *, first_days: dict[int, date], through: date
) -> dict[int, DayRange]:
    """Of which days each contract's units are wanted: its whole periods, and the day before."""
    return {
        contract.id: DayRange(
            contract.period_of(first_days[contract.id]).start - ONE_DAY,
            contract.period_of(max(through, first_days[contract.id])).end,
        )
        for contract in contracts.values()
    }


def fed_by(contracts: dict[int, ContractFacts]) -> list[int]:
    """The count keys that feed the contracts' services."""
    return [
        feed.count_key
        for contract in contracts.values()
        for service in contract.services.values()
        if service.feeds
        for feed in service.feeds.feeds
    ]


def add_units(
    contracts: dict[int, ContractFacts],
    *,
    windows: dict[int, DayRange],
    found: dict[int, list[KeyRun]],
    known_until: date,
) -> None:
    """The runs of every service: what feeds it, by its readings `found`, and what is typed where
    nothing is mapped."""
    for contract in contracts.values():
        window = windows[contract.id]
        for service in contract.services.values():
            fed = [
                (
                    feed,
                    feed_runs(
                        feed,
                        readings=found.get(feed.count_key, []),
                        known_until=known_until,
                        until=window.end,
                    ),
                )
                for feed in (service.feeds.feeds if service.feeds else [])
            ]
            runs = [run for run in combine(fed) if run.end > window.start]
            service.runs = sorted([*runs, *_typed_runs(contract, service, window)])
    _load_first_true(contracts.values())


def _typed_runs(
    contract: ContractFacts, service: ServiceFacts, window: DayRange
) -> list[ServiceRun]:
    """Units typed on the contract, on the days on which no billing type is mapped.

    A flat service that is neither mapped nor typed counts as one unit.
    """
    days = contract.cover.intersect(window)
    if days is None:
        return []
    mapped = service.feeds.mapped if service.feeds else []
    typed = service.typed
    if not typed and not mapped and service.pricing is PricingKind.FLAT:
        typed = [(contract.starts_on, MICRO)]
    if not typed:
        return []
    found = []
    for start, end in subtract(days, mapped):
        for (from_day, units), until in zip(
            typed, [*(day for day, _ in typed[1:]), FAR], strict=True
        ):
            part = DayRange(from_day, until).intersect(DayRange(start, end))
            if part:
                found.append(ServiceRun(part.start, part.end, units, typed=True))
    return found


def _load_first_true(contracts: Iterable[ContractFacts]) -> None:
    """For one-time types: the first day any of a service's counts was true, in all history."""
    one_time = [
        (service, [feed.count_key for feed in service.feeds.feeds])
        for contract in contracts
        for service in contract.services.values()
        if service.feeds and service.counting is CountingRule.ONE_TIME
    ]
    if not one_time:
        return
    days = first_true_days([key for _, keys in one_time for key in keys])
    for service, keys in one_time:
        service.first_true = min((days[key] for key in keys if key in days), default=None)
