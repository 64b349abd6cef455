"""What one contract comes to: its next items with their arithmetic, what is expected, what waits.

The rules are those of the bill run itself, for one contract; nothing is stored.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from django.db.transaction import set_rollback

from icb.billing.diff import Draft, drafts_for
from icb.billing.explain import explain_item
from icb.billing.facts import ContractFacts
from icb.billing.loading import load_contracts
from icb.billing.periods import periods_to_rate, want_period
from icb.billing.wanted import PeriodState
from icb.contracts.queries import ContractRow, contract_named
from icb.foundation.amounts import from_stored
from icb.foundation.bulk import fetch
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.kernel.days import ONE_DAY
from icb.kernel.money import Minor
from icb.kernel.period import Anchor, Period, PeriodLength, period_containing
from icb.kernel.quantity import Micro
from icb.mapping.units import FAR
from icb.rating.terms import Billing


class NextItem(NamedTuple):
    """An item as a run would draft it; `service` is empty for the contract's own minimum, and
    `name` is what people call it.

    `working` is its arithmetic in words, `held` why it could not be posted yet.
    """

    service: str
    name: str
    kind: str
    line: str
    period_start: date
    period_end: date
    effective_on: date
    units: Micro
    unit_price: Micro | None
    amount: Minor
    estimated_days: int
    held: str
    deferred_until: date | None
    working: list[str]

    @property
    def last_day(self) -> date:
        """The last day of the period."""
        return self.period_end - ONE_DAY


class Expected(NamedTuple):
    """What a contract comes to in the period of a day, and which services wait for a count."""

    period: Period
    amount: Minor
    waiting: list[str]


class Waiting(NamedTuple):
    """The drafts of a contract: how many there are, how many are held, and what they come to."""

    drafts: int
    held: int
    amount: Minor


_DRAFTS = """
SELECT COUNT(*), SUM(CASE WHEN d.held = '' THEN 0 ELSE 1 END), SUM(d.amount)
FROM draft_item d WHERE d.contract_id = %s
"""


def next_items(row: ContractRow, *, through: date) -> list[NextItem]:
    """The items that a bill run through a day would leave as drafts for one contract.

    Where the day lies ahead, the last known units are taken to go on, and a count of today that is
    still awaited does not hold its service back.
    """
    first = _first_open(row)
    if first is None:
        return []
    facts = _facts(row, first, through=through)
    drafts = [
        draft
        for period in periods_to_rate(facts, first=first, through=through)
        for draft in drafts_for(facts, wanted=want_period(facts, period=period, through=through))
    ]
    found = [_item(draft, facts) for draft in drafts]
    return sorted(found, key=lambda item: (item.period_start, item.effective_on))


def expected(row: ContractRow, *, day: date) -> Expected:
    """What the contract comes to in the whole period of a day, if nothing changes from today on."""
    period = _period(row, max(day, row.starts_on))
    facts = _facts(row, period.start, through=period.end)
    wanted = want_period(facts, period=period, through=period.end)
    return Expected(
        period,
        sum(line.rated.amount for line in wanted.lines.values()),
        [
            facts.services[id_].key
            for id_, service in wanted.services.items()
            if service.state in (PeriodState.WAITING, PeriodState.UNCOVERED)
        ],
    )


def next_billing(row: ContractRow, *, today: date) -> date | None:
    """The day on which the contract is due next; None after its last one."""
    if row.ends_on is not None and row.ends_on < today:
        return None
    period = _period(row, max(today, row.starts_on))
    if row.billing == Billing.IN_ADVANCE:
        first = max(period.start, row.starts_on)
        following = first if first >= today else period.end
        return following if row.ends_on is None or following <= row.ends_on else None
    ended = None if row.ends_on is None else row.ends_on + ONE_DAY
    return period.end if ended is None else min(period.end, ended)


def waiting_drafts(row: ContractRow) -> Waiting:
    """The drafts that stand for a contract."""
    drafts, held, amount = fetch(_DRAFTS, [row.id])[0]
    return Waiting(drafts, held or 0, from_stored(int(amount or 0), row.currency))


def effect_of(
    contract: str, *, through: date, change: Callable[[], object]
) -> tuple[list[NextItem], list[NextItem]]:
    """(before, after): the items of a contract as they are due, and as they would be.

    `change` is tried and taken back; what it refuses is raised.
    """
    with transaction(lock="billing"):
        row = contract_named(contract)
        before = next_items(row, through=through)
        change()
        after = next_items(contract_named(contract), through=through)
        set_rollback(True)
    return before, after


def _facts(row: ContractRow, first: date, *, through: date) -> ContractFacts:
    """The contract as a run would see it; for a day ahead, as if today's counts were in."""
    facts = load_contracts({row.id: first}, through=through)[0]
    if through > local_today():
        for service in facts.services.values():
            service.runs = [
                run._replace(waiting=False, known=True, estimated=run.estimated and not run.waiting)
                for run in service.runs
            ]
    return facts


def _first_open(row: ContractRow) -> date | None:
    """The day from which a run would look at the contract; None where nothing can change."""
    rows = fetch(
        """
        SELECT 1, settled_until FROM contract_billing WHERE contract_id = %s
        UNION ALL SELECT 0, from_day FROM contract_mark WHERE contract_id = %s
        """,
        [row.id, row.id],
    )
    settled = [day for is_settled, day in rows if is_settled] or [row.starts_on]
    first = max(min([*settled, *(day for _, day in rows)]), row.starts_on)
    return None if first >= FAR else first


def _item(draft: Draft, facts: ContractFacts) -> NextItem:
    key = draft.key
    service = None if key.service is None else facts.services[key.service]
    return NextItem(
        service=service.key if service else "",
        name=service.name if service else "",
        kind=draft.kind,
        line=key.line,
        period_start=draft.period.start,
        period_end=draft.period.end,
        effective_on=key.effective_on,
        units=draft.units,
        unit_price=draft.unit_price,
        amount=draft.amount,
        estimated_days=draft.estimated_days,
        held=draft.held,
        deferred_until=draft.deferred_until,
        working=explain_item(json.dumps(draft.working), currency=facts.currency),
    )


def _period(row: ContractRow, day: date) -> Period:
    return period_containing(
        day,
        starts_on=row.starts_on,
        length=PeriodLength(row.period),
        anchor=Anchor(row.anchor),
    )
