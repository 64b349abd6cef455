"""Charts by month out of the rows of a report: one for each currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from icb.web.shell import formats
from icb.web.shell.bars import Chart, Series, stacked_bars

_MOST_MONTHS = 18


class Point(NamedTuple):
    """What one series has in one month, in one currency (empty for units)."""

    month: date
    series: str
    currency: str
    value: Decimal


def charts(points: Iterable[Point], *, title: str) -> list[tuple[str, Chart]]:
    """A chart for each currency that has something to show; the newest months."""
    found: dict[str, dict[str, dict[date, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    for point in points:
        months = found[point.currency][point.series]
        months[point.month] = months.get(point.month, Decimal(0)) + point.value
    names = sorted({name for series in found.values() for name in series})
    drawn = []
    for currency, known in sorted(found.items()):
        # Every chart has every series, so that one colour means the same in all of them.
        series = {name: known.get(name, {}) for name in names}
        chart = _chart(series, currency=currency, title=title)
        if chart is not None:
            drawn.append((currency, chart))
    return drawn


def _chart(series: dict[str, dict[date, Decimal]], *, currency: str, title: str) -> Chart | None:
    months = _all_months({month for values in series.values() for month in values})
    return stacked_bars(
        [f"{month:%Y-%m}" for month in months],
        series=[
            Series(name, [values.get(month, Decimal(0)) for month in months])
            for name, values in series.items()
        ],
        title=f"{title}, {currency}" if currency else title,
        shown=formats.number,
        others=_("Others"),
    )


def _all_months(known: set[date]) -> list[date]:
    """Every month from the first to the last, so that one without anything is seen."""
    if not known:
        return []
    month, last, found = min(known), max(known), []
    while month <= last:
        found.append(month)
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return found[-_MOST_MONTHS:]
