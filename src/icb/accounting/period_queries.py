"""Until when the books are closed."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from icb.accounting.models import PeriodLock


class PeriodChange(NamedTuple):
    """A closing or reopening: the last closed day from then on, None for none."""

    until: date | None
    is_reopening: bool
    reason: str
    actor: str
    at: datetime


def closed_until() -> date | None:
    """The last day on which nothing is booked any more; None where nothing is closed."""
    newest: PeriodLock | None = PeriodLock.objects.order_by("-pk").first()
    return newest.until if newest is not None else None


def period_changes() -> list[PeriodChange]:
    """Every closing and reopening, newest first."""
    rows = PeriodLock.objects.order_by("-pk")
    return [
        PeriodChange(*row)
        for row in rows.values_list("until", "is_reopening", "reason", "actor", "at")
    ]
