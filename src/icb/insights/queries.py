"""Lists of insights, by what is at stake."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from icb.foundation.providers import current_provider, local_today
from icb.insights.kinds import KINDS, fix_of, text_of, title_of
from icb.insights.models import Insight, InsightState
from icb.insights.names_queries import names_in
from icb.insights.naming import Names
from icb.kernel.errors import InvalidInput, NotFound
from icb.kernel.money import format_minor, to_minor

STATES = ("open", "snoozed", "dismissed", "all")
_ORDER = {kind: place for place, kind in enumerate(KINDS)}


class InsightRow(NamedTuple):
    """One insight. `amounts` are what is at stake per month by currency, as plain numbers; empty
    where no price is known. `text` calls things by their names, `subject` and `facts` by their
    keys. `fix` is a command, `page` names where the fix is made."""

    id: int
    kind: str
    title: str
    subject: str
    text: str
    fix: str
    page: str
    amounts: dict[str, str]
    state: str
    until_day: date | None
    reason: str
    said_by: str
    facts: dict[str, Any]


def insights(*, state: str = "open", kind: str = "") -> list[InsightRow]:
    """The insights of a state, most money first; those without a price come after all others.

    Money in the provider's own currency comes before other currencies, which are not compared.
    Raises InvalidInput for a state or kind that there is none of.
    """
    _check(state, among=STATES, field="state")
    found: QuerySet[Any] = Insight.objects.exclude(state=InsightState.GONE)
    snoozed = Q(state=InsightState.SNOOZED, until_day__gt=local_today())
    if state == "open":
        found = found.exclude(state=InsightState.DISMISSED).exclude(snoozed)
    elif state == "snoozed":
        found = found.filter(snoozed)
    elif state == "dismissed":
        found = found.filter(state=InsightState.DISMISSED)
    if kind:
        _check(kind, among=tuple(KINDS), field="kind")
        found = found.filter(kind=kind)
    standing = list(found)
    names = names_in(insight.facts for insight in standing)
    rows = [_row(insight, names=names) for insight in standing]
    own = current_provider().currency
    return sorted(rows, key=lambda row: _place(row, own))


def insight(id: int) -> InsightRow:
    """One insight, put aside or not; NotFound where its facts no longer hold or it never was."""
    found = Insight.objects.exclude(state=InsightState.GONE).filter(pk=id).first()
    if found is None:
        raise NotFound(
            "insight_not_found",
            f"insight: there is none with the number {id}. Nothing was changed. List them anew.",
        )
    return _row(found, names=names_in([found.facts]))


def money_at_stake(rows: list[InsightRow]) -> dict[str, str]:
    """What is at stake per month, summed for each currency by itself.

    The same usage may stand behind two insights; the sum says how much there is to look at.
    """
    sums: dict[str, int] = {}
    for row in rows:
        for currency, amount in row.amounts.items():
            sums[currency] = sums.get(currency, 0) + to_minor(amount, currency)
    return {currency: format_minor(total, currency) for currency, total in sorted(sums.items())}


def _row(insight: Insight, *, names: Names) -> InsightRow:
    facts: dict[str, Any] = insight.facts
    state = insight.state
    is_over = insight.until_day is not None and insight.until_day <= local_today()
    if state == InsightState.SNOOZED and is_over:
        state = InsightState.OPEN
    return InsightRow(
        id=insight.pk,
        kind=insight.kind,
        title=title_of(insight.kind),
        subject=insight.subject,
        text=text_of(insight.kind, facts=names.put_into(facts)),
        fix=fix_of(insight.kind, facts=facts),
        page=KINDS[insight.kind].page,
        amounts=facts.get("amounts", {}),
        state=state,
        until_day=insight.until_day,
        reason=insight.reason,
        said_by=insight.said_by,
        facts={name: value for name, value in facts.items() if name != "amounts"},
    )


def _place(row: InsightRow, own: str) -> tuple[Any, ...]:
    """Own currency first, then the others by name; within one by amount, then by kind."""
    kind = _ORDER[row.kind]
    if not row.amounts:
        return (2, "", 0, kind, row.subject)
    currency = own if own in row.amounts else min(row.amounts)
    amount = to_minor(row.amounts[currency], currency)
    return (0 if currency == own else 1, currency, -amount, kind, row.subject)


def _check(word: str, *, among: tuple[str, ...], field: str) -> None:
    if word not in among:
        raise InvalidInput(
            field=field,
            value=word,
            message=f"{field}: there is no {word}. Nothing was done. Give one of "
            f"{', '.join(among)}.",
        )
