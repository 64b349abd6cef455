"""What a change would do to a contract's items, found by trying it and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from icb.billing.contract_queries import NextItem, effect_of
from icb.foundation.providers import local_today
from icb.kernel.money import Minor


class Effect(NamedTuple):
    """The items that come out otherwise: each with its amount before and after."""

    lines: list[tuple[NextItem, Minor, Minor]]
    difference: Minor

    def reaches_before(self, day: date) -> bool:
        """Whether a period that began before the day comes to another amount."""
        return any(item.period_start < day for item, _before, _after in self.lines)


def effect_on(contract: str, *, change: Callable[[], object]) -> Effect:
    """The effect of a change on what is due today; what the change refuses is raised."""
    before, after = effect_of(contract, through=local_today(), change=change)
    stood = {_place(item): item for item in before}
    becomes = {_place(item): item for item in after}
    lines: list[tuple[NextItem, Minor, Minor]] = []
    for place in sorted({**stood, **becomes}):
        old, new = stood.get(place), becomes.get(place)
        shown = new or old
        was, will = (old.amount if old else 0), (new.amount if new else 0)
        if shown and was != will:
            lines.append((shown, was, will))
    return Effect(lines, sum(will - was for _item, was, will in lines))


def _place(item: NextItem) -> tuple[date, str, str, date]:
    return item.period_start, item.service, item.line, item.effective_on
