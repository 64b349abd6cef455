"""What a decision would do to the bill: it is made, rated, and taken back.

The numbers are those that the next run would come to, because it is the run's own work that makes
them; nothing of it is stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.transaction import set_rollback

from icb.billing.run import DRAFT_COLUMNS, rate_chunk
from icb.billing.work import Work
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.collector import collector_paused
from icb.foundation.fields import AMOUNT_SCALE
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.foundation.transactions import transaction
from icb.mapping.actions import decide_possible
from icb.mapping.inputs import HoldDecision

_AMOUNT, _CURRENCY = DRAFT_COLUMNS.index("amount"), DRAFT_COLUMNS.index("currency")
_HELD = DRAFT_COLUMNS.index("held")


class Money(NamedTuple):
    """What the lines that are due and not billed come to in one currency, and how much is held."""

    currency: str
    amount: Decimal
    held: Decimal


class Effect(NamedTuple):
    """What one decision does: for which of the holds it can be made, and to what the lines come.

    `refusal` says why it can be made for none of them.
    """

    possible: list[HoldDecision]
    money: list[Money]
    refusal: str = ""


def standing_money(picked: Sequence[HoldDecision]) -> list[Money]:
    """What the lines of the organizations that the holds are about come to now."""
    with collector_paused(), transaction(lock="billing"):
        money = _money(_work(picked))
        set_rollback(True)
    return money


def decision_effect(
    picked: Sequence[HoldDecision], *, decision: str, among: Sequence[HoldDecision]
) -> Effect:
    """What the decision would do to the lines that are due today; nothing is stored.

    `among` are the holds whose organizations' lines are counted: those of `standing_money`.
    """
    with collector_paused(), transaction(lock="billing"):
        refused = decide_possible(picked, decision=decision)
        possible = [one for one, error in refused.items() if error is None]
        money = _money(_work(among)) if possible else []
        set_rollback(True)
    refusals = [error.message for error in refused.values() if error]
    return Effect(possible, money, refusals[-1] if refusals and not possible else "")


def _money(work: Sequence[Work]) -> list[Money]:
    """What rating the contracts anew comes to."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    today = local_today()
    for row in rate_chunk(work, through=today, billed_on=today) if work else ():
        sums[row[_CURRENCY]][0] += row[_AMOUNT]
        sums[row[_CURRENCY]][1] += row[_AMOUNT] if row[_HELD] else 0
    return [
        Money(currency, *(Decimal(value).scaleb(-AMOUNT_SCALE) for value in values))
        for currency, values in sorted(sums.items())
    ]


def _work(picked: Sequence[HoldDecision]) -> list[Work]:
    """The contracts of the organizations that are billed for what the holds are about."""
    first_days: dict[tuple[str, str], date] = {}
    for one in picked:
        place = (one.module, one.id)
        first_days[place] = min(one.from_day, first_days.get(place, one.from_day))
    owners = _owners(first_days)
    chosen, params = ids_in("organization_id", ids=owners)
    rows = fetch(
        "SELECT id, organization_id, starts_on FROM contract "
        f"WHERE {chosen} AND (ends_on IS NULL OR ends_on >= %s) ORDER BY organization_id, id",
        [*params, min(owners.values(), default=date.min)],
    )
    return [Work(id_, owner, max(starts_on, owners[owner])) for id_, owner, starts_on in rows]


def _owners(first_days: Mapping[tuple[str, str], date]) -> dict[int, date]:
    """The organizations and the first day that each is affected from."""
    modules = sorted({module for module, _ in first_days})
    if not modules:
        return {}
    marks = ", ".join(["%s"] * len(modules))
    rows = fetch(
        f"""
        SELECT c.key, m.external_id, om.organization_id
        FROM organization_mapping om
        JOIN module_organization m ON m.id = om.module_organization_id
        JOIN module_connection c ON c.id = m.connection_id
        WHERE om.provider_id = %s AND c.key IN ({marks}) AND om.organization_id IS NOT NULL
        """,
        [provider_id(), *modules],
    )
    owners: dict[int, date] = {}
    for module, id_, owner in rows:
        # A whole answer is about all organizations of its module.
        days = [first_days[place] for place in ((module, id_), (module, "")) if place in first_days]
        if days:
            owners[owner] = min([*days, owners.get(owner, days[0])])
    return owners
