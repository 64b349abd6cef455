"""In which state the lines of a service's period are, day by day: billed, held, put off, given up.

Two kinds of line cover days: the base (in arrears one per price) up to the next one, and a change
in advance from its date on. A day is in the worst state of the lines that cover it. Corrections do
not count here: what they correct is billed.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from icb.billing.usage import Standing
from icb.foundation.amounts import from_stored
from icb.foundation.bulk import fetch
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.kernel.days import DayRange
from icb.kernel.money import Minor
from icb.kernel.period import Period

_WORST_FIRST = (Standing.HELD, Standing.DEFERRED, Standing.WAIVED, Standing.BILLED)


class LineState(NamedTuple):
    """A line of a period: from which day on, whether it is a change, and what it is worth."""

    effective_on: date
    is_change: bool
    standing: Standing
    amount: Minor


class Segment(NamedTuple):
    """Days of a period in one state, and the amount of the lines that begin with them; None where
    there is no line yet."""

    days: DayRange
    standing: Standing
    amount: Minor | None


def segments(lines: list[LineState], *, period: Period) -> list[Segment]:
    """The days of a period by the state of the lines that cover them."""
    if not lines:
        return [Segment(period, Standing.WAITING, None)]
    starts = sorted({max(line.effective_on, period.start) for line in lines} | {period.start})
    found = []
    for start, end in zip(starts, [*starts[1:], period.end], strict=True):
        amount = sum(line.amount for line in lines if max(line.effective_on, period.start) == start)
        found.append(Segment(DayRange(start, end), _standing(lines, start), amount))
    return found


def _standing(lines: list[LineState], day: date) -> Standing:
    changes = [line.standing for line in lines if line.is_change and line.effective_on <= day]
    bases = [line for line in lines if not line.is_change]
    begun = [line for line in bases if line.effective_on <= day] or bases
    covering = {line.standing for line in begun[-1:]} | set(changes)
    return next((state for state in _WORST_FIRST if state in covering), Standing.BILLED)


# What is billed, what was given up and what waits as a draft, each by the day it begins.
_CHANGE = "CASE WHEN line IN ('adjustment', 'discount_adjustment') THEN 1 ELSE 0 END"
_LINES = f"""
SELECT DISTINCT i.contract_service_id, i.period_start, i.effective_on, {_CHANGE}, 'billed',
       CAST(0 AS BIGINT), ''
FROM billing_item i
WHERE i.provider_id = %s AND i.line IN ('recurring', 'adjustment')
  AND NOT EXISTS (SELECT 1 FROM unposting u WHERE u.item_id = i.id)
UNION ALL
SELECT d.contract_service_id, d.period_start, d.effective_on, {_CHANGE}, 'waived',
       CAST(SUM(d.amount) AS BIGINT), c.currency
FROM key_decision d JOIN contract c ON c.id = d.contract_id
WHERE d.provider_id = %s AND d.decision = 'waive' AND d.line IN ('recurring', 'adjustment')
GROUP BY d.contract_service_id, d.period_start, d.effective_on, d.line, c.currency
UNION ALL
SELECT contract_service_id, period_start, effective_on, {_CHANGE},
       CASE WHEN MAX(held) <> '' THEN 'held'
            WHEN MAX(CASE WHEN deferred_until > %s THEN 1 ELSE 0 END) = 1 THEN 'deferred'
            ELSE 'billed' END,
       CAST(SUM(amount) AS BIGINT), currency
FROM draft_item
WHERE provider_id = %s AND contract_service_id IS NOT NULL
  AND line <> 'manual' AND kind <> 'correction'
GROUP BY contract_service_id, period_start, effective_on, {_CHANGE}, currency
"""


def line_states() -> dict[tuple[int, date], list[LineState]]:
    """The lines of every contract service and period that has some, by the day they begin."""
    found: dict[tuple[int, date], list[LineState]] = defaultdict(list)
    provider = provider_id()
    rows = fetch(_LINES, [provider, provider, local_today(), provider])
    for service, start, effective_on, is_change, standing, amount, currency in rows:
        worth = from_stored(amount, currency) if amount else 0
        state = LineState(effective_on, bool(is_change), Standing(standing), worth)
        found[service, start].append(state)
    for lines in found.values():
        lines.sort()
    return found
