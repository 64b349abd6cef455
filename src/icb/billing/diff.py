"""Recompute and compare: what is wanted, less what stands posted, is what to draft. Pure.

A key that was never posted is drafted as what it is; one that was gets a correction of the
difference; one that is no longer wanted a correction of all of it (rules, section 4).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from icb.billing.facts import ContractFacts, LineKey, Posted, Settled
from icb.billing.periods import WantedPeriod
from icb.billing.wanted import WantedLine
from icb.kernel.money import Minor
from icb.kernel.period import Period
from icb.kernel.quantity import Micro
from icb.rating.line import Working

_NOTHING_POSTED = Posted(0, 0, 0, 0, 0)
_NOTHING_SETTLED = Settled()
_RECURRING = "recurring"


class Draft(NamedTuple):
    """A billing item as the next posting would make it."""

    key: LineKey
    period: Period
    revision: int
    kind: str
    amount: Minor
    units: Micro
    unit_days: Micro
    unit_price: Micro | None
    days_in_period: int
    estimated_days: int
    held: str
    deferred_until: date | None
    working: Working


def drafts_for(contract: ContractFacts, *, wanted: WantedPeriod) -> list[Draft]:
    """The drafts of a period, for the services that are due in it."""
    found = []
    for key in _keys(contract, wanted):
        draft = _draft(
            key,
            wanted.period,
            line=wanted.lines.get(key),
            posted=contract.posted.get(key, _NOTHING_POSTED),
            settled=contract.settled.get(key, _NOTHING_SETTLED),
        )
        if draft is not None:
            found.append(draft)
    return found


def _keys(contract: ContractFacts, wanted: WantedPeriod) -> Iterable[LineKey]:
    """The wanted keys, then the posted ones of the period that are wanted no longer."""
    yield from wanted.lines
    start = wanted.period.start
    for key in contract.posted:
        if key.period_start != start or key in wanted.lines or key.line == "manual":
            continue
        if wanted.whole if key.service is None else key.service not in wanted.open_services:
            yield key


def _draft(
    key: LineKey,
    period: Period,
    *,
    line: WantedLine | None,
    posted: Posted,
    settled: Settled,
) -> Draft | None:
    wanted = line.rated.amount if line else 0
    amount = wanted - posted.amount - settled.waived
    fresh = posted.times == 0
    if amount == 0 and not (fresh and key.line == _RECURRING and line and not settled.waived):
        return None
    kind = key.line.partition("_")[0] if fresh else "correction"
    rated = line.rated if line else None
    working = rated.working if rated else {}
    if not fresh or settled.waived:
        working = {
            "rule": "correction",
            "wanted": wanted,
            "posted": posted.amount,
            "waived": settled.waived,
            "amount": amount,
            "working": working or None,
        }
    return Draft(
        key,
        period,
        posted.last_revision + 1,
        kind,
        amount,
        (rated.units if rated else 0) - posted.units,
        (rated.unit_days if rated else 0) - posted.unit_days,
        rated.unit_price if rated else None,
        period.days,
        rated.estimated_days if rated else 0,
        line.held if line else "",
        settled.deferred_until,
        working,
    )
