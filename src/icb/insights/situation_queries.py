"""Reads how everything stands today, with a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from icb.foundation.bulk import fetch
from icb.foundation.providers import current_provider, local_today
from icb.foundation.scope import provider_id
from icb.hub.follow_queries import last_awaited_day
from icb.hub.queries import holds, readings
from icb.hub.reading import KeyRun, Reading
from icb.insights.finding import MonthlyPrice
from icb.insights.situation import (
    Connection,
    Customer,
    Overlap,
    Service,
    Situation,
    UnknownType,
    Unmapped,
    Usage,
)
from icb.kernel.days import ONE_DAY
from icb.kernel.quantity import Micro, to_micro
from icb.mapping.key_owner_queries import KeyOwners
from icb.mapping.queries import overlap_warnings
from icb.rating.terms import PricingKind

_WEEK = timedelta(days=7)
_MONTHS = {"monthly": 1, "quarterly": 3, "semi_annual": 6, "yearly": 12}
_GUARDS = ("fall", "rise", "identity")
_KEYS = """
SELECT k.id, n.key, m.external_id, m.name, t.key, t.name, t.id
FROM count_key k JOIN module_connection n ON n.id = k.connection_id
JOIN module_organization m ON m.id = k.module_organization_id
JOIN billing_type t ON t.id = k.billing_type_id
WHERE k.provider_id = %s AND n.is_enabled ORDER BY k.id
"""
_CONNECTIONS = """
SELECT n.key, n.name, n.is_enabled,
  EXISTS (SELECT 1 FROM billing_type t WHERE t.connection_id = n.id) AS "billable [bool]",
  (SELECT MAX(p.day) FROM proven_day p WHERE p.connection_id = n.id) AS "last [date]",
  (SELECT MAX(s.day) FROM snapshot s WHERE s.connection_id = n.id AND s.state = 'accepted')
    AS "newest [date]",
  n.expected_from,
  (SELECT y.id FROM sync y WHERE y.connection_id = n.id AND y.state <> 'running'
   ORDER BY y.id DESC LIMIT 1)
FROM module_connection n WHERE n.provider_id = %s ORDER BY n.id
"""
_FAILED = """
SELECT y.id, y.code, y.message, y.state FROM sync y
WHERE y.provider_id = %s AND y.state IN ('failed', 'refused')
AND NOT EXISTS (SELECT 1 FROM proven_day p JOIN snapshot s ON s.id = p.snapshot_id
  WHERE p.connection_id = y.connection_id AND p.day = y.day AND s.received_at >= y.started_at)
"""
_UNMAPPED = """
SELECT n.key, m.external_id, m.name FROM module_organization m
JOIN module_connection n ON n.id = m.connection_id
WHERE m.provider_id = %s AND n.is_enabled
AND NOT EXISTS (SELECT 1 FROM organization_mapping o WHERE o.module_organization_id = m.id
  AND (o.ends_on IS NULL OR o.ends_on >= %s))
ORDER BY m.id
"""
_UNKNOWN = """
SELECT n.key, t.key FROM billing_type t JOIN module_connection n ON n.id = t.connection_id
WHERE t.provider_id = %s AND NOT t.is_known AND n.is_enabled ORDER BY t.id
"""
_CUSTOMERS = """
SELECT o.id, o.key, o.type, MAX(CASE WHEN c.starts_on <= %s
    AND (c.ends_on IS NULL OR c.ends_on >= %s) THEN 1 ELSE 0 END),
  MAX(c.ends_on) AS "last [date]"
FROM organization o LEFT JOIN contract c ON c.organization_id = o.id
WHERE o.provider_id = %s GROUP BY o.id, o.key, o.type
"""
_SERVICES = """
SELECT s.id, c.key, o.key, s.key, s.pricing, s.discount, c.period, c.currency, v.cost, c.ends_on,
  (SELECT p.unit_price FROM contract_price p WHERE p.contract_service_id = s.id
   AND p.from_day <= %s ORDER BY p.from_day DESC, p.id DESC LIMIT 1),
  (SELECT u.units FROM contract_units u WHERE u.contract_service_id = s.id
   AND u.from_day <= %s ORDER BY u.from_day DESC, u.id DESC LIMIT 1)
FROM contract_service s JOIN contract c ON c.id = s.contract_id
JOIN organization o ON o.id = c.organization_id JOIN service v ON v.id = s.service_id
WHERE s.provider_id = %s AND c.starts_on <= %s AND (c.ends_on IS NULL OR c.ends_on >= %s)
ORDER BY s.id
"""
_DRIVEN = """
SELECT DISTINCT m.billing_type_id, m.contract_service_id, v.id, v.price
FROM service_mapping m JOIN contract_service s ON s.id = m.contract_service_id
JOIN service v ON v.id = s.service_id WHERE m.provider_id = %s
"""


def situation() -> Situation:
    """How everything stands today."""
    today, provider = local_today(), provider_id()
    customers = {row[0]: row[1:] for row in fetch(_CUSTOMERS, [today, today, provider])}
    services = _services(today)
    usage = _usage(today, {id: row[0] for id, row in customers.items()})
    return Situation(
        today=today,
        currency=current_provider().currency,
        connections=_connections(),
        usage=usage,
        unmapped=_unmapped(today, usage),
        unknown_types=[UnknownType(*row) for row in fetch(_UNKNOWN, [provider])],
        customers={
            key: Customer(key, type, bool(has_contract), last)
            for key, type, has_contract, last in customers.values()
        },
        services=services,
        overlaps=[Overlap(*row) for row in overlap_warnings()],
        typical=_typical(services),
    )


def _usage(today: date, organizations: dict[int, str]) -> list[Usage]:
    rows = fetch(_KEYS, [provider_id()])
    found = readings([row[0] for row in rows], start=today - _WEEK, end=today + ONE_DAY)
    said = _said()
    owners = KeyOwners(row[0] for row in rows)
    usage = []
    for id, connection, external_id, name, kind, kind_name, kind_row in rows:
        now = _on(found.get(id, []), today)
        if now is None:
            continue
        standing = owners.of(id)(today)
        usage.append(
            Usage(
                connection=connection,
                organization_id=external_id,
                name=name,
                billing_type=kind,
                type_name=kind_name,
                units=now.units,
                before=_units(_on(found[id], today - _WEEK)),
                held=_held(found[id]),
                said=said.get((connection, external_id, kind)),
                organization=organizations.get(standing.organization or 0, ""),
                is_ignored=standing.is_ignored,
                services=standing.services,
                billing_type_row=kind_row,
            )
        )
    return usage


def _on(runs: list[KeyRun], day: date) -> KeyRun | None:
    return next((run for run in runs if run.start <= day < run.end), None)


def _units(run: KeyRun | None) -> Micro | None:
    return None if run is None else run.units


def _held(runs: list[KeyRun]) -> str:
    """Why the newest counted days are held, if a guard holds them."""
    settled = [run for run in runs if run.status != Reading.WAITING]
    last = settled[-1] if settled else None
    is_held = last is not None and last.status == Reading.HELD and last.reason in _GUARDS
    return last.reason if last is not None and is_held else ""


def _said() -> dict[tuple[str, str, str], Micro]:
    """What modules said last where a guard holds it."""
    return {
        (row.connection, row.module_organization, row.billing_type): to_micro(
            row.said, field="said"
        )
        for row in holds()
        if row.reason in _GUARDS and row.said
    }


def _connections() -> list[Connection]:
    failed = {row[0]: (row[1] or row[3], row[2]) for row in fetch(_FAILED, [provider_id()])}
    awaited = last_awaited_day()
    found = []
    for key, name, is_enabled, is_billable, proven, newest, expected, sync in fetch(
        _CONNECTIONS, [provider_id()]
    ):
        last = max((day for day in (proven, newest) if day is not None), default=None)
        code, message = failed.get(sync, ("", ""))
        since = last or (expected and expected - ONE_DAY)
        silent = max((awaited - since).days, 0) if since else 0
        found.append(
            Connection(key, name, is_enabled, bool(is_billable), last, silent, code, message)
        )
    return found


def _unmapped(today: date, usage: list[Usage]) -> list[Unmapped]:
    """The module organizations of enabled modules that are nobody's today, nor to be."""
    departed = _departed({(row.connection, row.organization_id) for row in usage})
    rows = [Unmapped(*row) for row in fetch(_UNMAPPED, [provider_id(), today])]
    return [row for row in rows if (row.connection, row.id) not in departed]


def _departed(counted: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The module organizations that were counted once and read nothing today."""
    rows = fetch(
        "SELECT DISTINCT n.key, m.external_id FROM count_key k "
        "JOIN module_organization m ON m.id = k.module_organization_id "
        "JOIN module_connection n ON n.id = k.connection_id "
        "WHERE k.provider_id = %s AND k.first_counted_on IS NOT NULL",
        [provider_id()],
    )
    return {(row[0], row[1]) for row in rows} - counted


def _services(today: date) -> dict[int, Service]:
    return {
        row[0]: _service(*row)
        for row in fetch(_SERVICES, [today, today, provider_id(), today, today])
    }


def _service(*row: Any) -> Service:
    id, contract, organization, key, pricing, discount, period, currency, cost, ends_on = row[:10]
    unit_price, typed = row[10:]
    price = None
    if pricing == PricingKind.PER_UNIT and unit_price is not None:
        price = MonthlyPrice(unit_price, _MONTHS[period], discount, currency)
    return Service(id, contract, organization, key, price, cost, ends_on, typed)


def _typical(services: dict[int, Service]) -> dict[int, MonthlyPrice]:
    """By billing type the price that it has wherever it is mapped. Where contracts differ on the
    price of the one service that it drives, that of the catalogue; none where services differ."""
    prices: dict[int, set[MonthlyPrice | None]] = defaultdict(set)
    catalogue: dict[int, dict[int, MonthlyPrice]] = defaultdict(dict)
    currency = current_provider().currency
    for kind, placed, service, unit_price in fetch(_DRIVEN, [provider_id()]):
        if placed in services:
            prices[kind].add(services[placed].price)
            catalogue[kind][service] = MonthlyPrice(unit_price, 1, 0, currency)
    found = {}
    for kind, agreed in prices.items():
        if len(agreed) > 1 and len(catalogue[kind]) == 1:
            agreed = set(catalogue[kind].values())
        price = next(iter(agreed)) if len(agreed) == 1 else None
        if price is not None:
            found[kind] = price
    return found
