"""Behind a billing item: who counted its units, how they were mapped, and what changed."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from icb.foundation.amounts import from_stored
from icb.foundation.bulk import fetch
from icb.foundation.scope import provider_id
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.money import Minor, format_minor
from icb.mapping.feeds import days_between


class _Item(NamedTuple):
    contract_service: int | None
    line: str
    period_start: date
    period_end: date
    currency: str


def item_sources(item: int) -> list[str]:
    """What fed an item's service in its period, by the mappings as they stand now, and how
    the service's net differs from the period before. Empty for what no count drives."""
    found = fetch(
        "SELECT contract_service_id, line, period_start, period_end, currency "
        "FROM billing_item WHERE provider_id = %s AND id = %s UNION ALL "
        "SELECT contract_service_id, line, period_start, period_end, currency "
        "FROM draft_item WHERE provider_id = %s AND id = %s",
        [provider_id(), item, provider_id(), item],
    )
    if not found or found[0][0] is None:
        return []
    row = _Item(*found[0])
    return [*_feeds(row), *_change(row)]


def _feeds(item: _Item) -> list[str]:
    rows = fetch(
        """
        SELECT n.name, mo.name, mo.external_id, bt.name,
               sm.starts_on, sm.ends_on, om.starts_on, om.ends_on
        FROM service_mapping sm
        JOIN contract c ON c.id = sm.contract_id
        JOIN organization_mapping om ON om.organization_id = c.organization_id
        JOIN count_key k ON k.module_organization_id = om.module_organization_id
                        AND k.billing_type_id = sm.billing_type_id
        JOIN module_organization mo ON mo.id = om.module_organization_id
        JOIN billing_type bt ON bt.id = sm.billing_type_id
        JOIN module_connection n ON n.id = bt.connection_id
        WHERE sm.provider_id = %s AND sm.contract_service_id = %s
        ORDER BY n.id, mo.id, bt.id
        """,
        [provider_id(), item.contract_service],
    )
    period = DayRange(item.period_start, item.period_end)
    lines = []
    for module, organization, external_id, billing_type, *dates in rows:
        mapped = days_between(*dates[:2]).intersect(days_between(*dates[2:]))
        days = mapped and mapped.intersect(period)
        if days:
            whole = "" if days == period else f", {_shown(days)}"
            counted = f"{billing_type} of {organization} ({external_id})"
            lines.append(f"Counted by {module}: {counted}{whole}")
    return lines


def _change(item: _Item) -> list[str]:
    """The service's posted net of this period against that of the period before."""
    now = _net(item, "period_start = %s", item.period_start)
    before = _net(item, "period_end = %s", item.period_start)
    if now is None or before is None:
        return []
    difference = now - before
    if difference == 0:
        return ["The period before came to the same."]
    word = "more" if difference > 0 else "less"
    last, change = (format_minor(amount, item.currency) for amount in (before, abs(difference)))
    return [f"The period before came to {last} {item.currency}; this one to {change} {word}."]


def _net(item: _Item, which: str, day: date) -> Minor | None:
    """The posted net of the service in a period, corrections and discounts included."""
    ((count, amount),) = fetch(
        f"""
        SELECT COUNT(*), SUM(i.amount) FROM billing_item i
        WHERE i.contract_service_id = %s AND i.{which} AND i.line <> 'manual'
          AND NOT EXISTS (SELECT 1 FROM unposting u WHERE u.item_id = i.id)
        """,
        [item.contract_service, day],
    )
    return from_stored(amount, item.currency) if count else None


def _shown(days: DayRange) -> str:
    last = days.end - ONE_DAY
    return f"{days.start} to {last}"
