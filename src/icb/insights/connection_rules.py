"""What needs attention about connections and what they count. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from icb.insights.finding import Finding, at_stake
from icb.insights.situation import Connection, Situation, Usage
from icb.kernel.quantity import MICRO, Micro, format_micro

SILENT_DAYS = 2
"""So many days without an answer that was expected are silence."""
_JUMP_UNITS = 10 * MICRO
_JUMP_PERCENT = 30
_REFUSED = ("credentials_refused", "access_refused")


def not_enabled(situation: Situation) -> Iterator[Finding]:
    """A billable module is connected, and nothing is counted because it is not enabled."""
    for row in situation.connections:
        if row.is_billable and not row.is_enabled:
            yield Finding("activate_module", row.key, {"module": row.key, "name": row.name})


def silent(situation: Situation) -> Iterator[Finding]:
    """An enabled module has not answered for days: its last counts are carried and then held."""
    for row in situation.connections:
        if row.is_enabled and row.silent_days >= SILENT_DAYS:
            yield Finding(
                "module_silent",
                row.key,
                {"module": row.key, "since": row.last_day and row.last_day.isoformat()},
                {"name": row.name, "days": row.silent_days},
                _resting_on(situation, row),
            )


def failed(situation: Situation) -> Iterator[Finding]:
    """The newest attempt to get counts failed; refused credentials never pass by themselves."""
    for row in situation.connections:
        if row.is_enabled and row.code:
            kind = "credentials_refused" if row.code in _REFUSED else "sync_failed"
            yield Finding(
                kind,
                row.key,
                {"module": row.key, "code": row.code},
                {"name": row.name, "message": row.message},
                _resting_on(situation, row),
            )


def unknown_types(situation: Situation) -> Iterator[Finding]:
    """A module reports a billing type that no catalogue describes."""
    units: dict[tuple[str, str], Micro] = defaultdict(int)
    billed: dict[tuple[str, str], list[Usage]] = defaultdict(list)
    for row in situation.usage:
        units[row.connection, row.billing_type] += row.units
        if row.services:
            billed[row.connection, row.billing_type].append(row)
    for found in situation.unknown_types:
        place = (found.connection, found.key)
        yield Finding(
            "unknown_type",
            f"{found.connection}/{found.key}",
            {"module": found.connection, "billing_type": found.key},
            {"units": format_micro(units.get(place, 0))},
            at_stake((row.units, situation.price(row)) for row in billed[place]),
        )


def jumped(situation: Situation) -> Iterator[Finding]:
    """A count that somebody is billed for is held, or far from what it was a week ago."""
    for row in situation.usage:
        if not row.services or not (row.held or _has_jumped(row)):
            continue
        # While it is held the day reads as before: what matters is what the module said.
        is_held = bool(row.held) and row.said is not None
        before, after = (row.units, row.said or 0) if is_held else (row.before, row.units)
        facts = {
            "module": row.connection,
            "id": row.organization_id,
            "billing_type": row.billing_type,
            "held": row.held,
            "before": "" if before is None else format_micro(before),
            "after": format_micro(after),
        }
        moved = abs(after - (before or 0))
        yield Finding(
            "count_jumped",
            f"{row.connection}/{row.organization_id}/{row.billing_type}",
            facts,
            {"name": row.name, "organization": row.organization},
            at_stake([(moved, situation.price(row))]),
        )


def _has_jumped(row: Usage) -> bool:
    if row.before is None:
        return False
    moved = abs(row.units - row.before)
    return moved >= _JUMP_UNITS and moved * 100 >= row.before * _JUMP_PERCENT


def _resting_on(situation: Situation, connection: Connection) -> dict[str, int]:
    """What is billed per month by counts of this connection."""
    return at_stake(
        (row.units, situation.price(row))
        for row in situation.usage
        if row.connection == connection.key and row.services
    )
