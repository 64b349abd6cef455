"""Pending and posted revenue by month, drawn for Home: the provider's currency before others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from icb.billing.revenue_queries import MonthlyRevenue, revenue_by_month
from icb.foundation.listing import Wanted
from icb.foundation.providers import current_provider, local_today
from icb.web.reports.charts import Point, charts
from icb.web.shell.bars import Chart

_MONTHS = 6


def revenue_charts() -> list[Chart]:
    """By month, pending apart from posted; and by module. Nothing where nothing was billed yet."""
    own = current_provider().currency
    since = Wanted(conditions={"period": f"{_first_month().isoformat()}.."})
    by_month = _charts(_by_state(revenue_by_month(since)), title=_("Revenue by month"))
    by_module = _charts(
        _by_module(revenue_by_month(since, by="module")), title=_("Revenue by module")
    )
    return [chart for drawn in (by_month, by_module) if (chart := drawn.get(own))]


def _first_month() -> date:
    """The first of the newest months that fit beside another chart."""
    today = local_today()
    number = today.year * 12 + today.month - _MONTHS
    return date(number // 12, number % 12 + 1, 1)


def _charts(points: Iterator[Point], *, title: str) -> dict[str, Chart]:
    return dict(charts(points, title=title))


def _by_state(rows: list[MonthlyRevenue]) -> Iterator[Point]:
    for row in rows:
        yield Point(row.month, _("Posted"), row.currency, row.posted)
        yield Point(row.month, _("Pending"), row.currency, row.pending)


def _by_module(rows: list[MonthlyRevenue]) -> Iterator[Point]:
    for row in rows:
        yield Point(row.month, row.name or _("No module"), row.currency, row.posted + row.pending)
