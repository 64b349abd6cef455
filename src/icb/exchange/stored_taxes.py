"""The rows of taxes, their percentages and exemptions, as the database holds them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

from icb.exchange.values import NO, YES
from icb.foundation.providers import FROM_EVER
from icb.kernel.quantity import format_micro, to_micro
from icb.organizations.models import TaxPercentage
from icb.organizations.tax_queries import tax_exemptions, tax_rates
from icb.rating.tax import STANDARD

Cells = tuple[str, ...]


def tax_rate_rows() -> Iterator[Cells]:
    """The taxes, with the percentage of those that come to the same everywhere and from ever."""
    always = {key: group[0][4] for key, group in _groups() if _is_always(group)}
    for row in tax_rates():
        percent = always.get(row.key, "" if row.category == STANDARD else "0")
        yield row.key, row.name, percent, row.category, row.reason


def tax_percentage_rows() -> Iterator[Cells]:
    """The percentages that the rows of the taxes do not say."""
    for key, group in _groups():
        if not _is_always(group):
            for cells in group:
                yield key, *cells


def tax_exemption_rows() -> Iterator[Cells]:
    """The exemptions, as entered."""
    for row in tax_exemptions():
        yield (
            row.organization,
            row.tax,
            row.starts_on.isoformat(),
            row.ends_on.isoformat() if row.ends_on else "",
            row.reason,
            row.certificate,
        )


def _groups() -> Iterator[tuple[str, list[Cells]]]:
    """The key of a tax, and the parts of one of its percentages: region, from, part, name,
    percent, compound."""
    columns = ("tax_rate__key", "region", "from_day", "part", "name", "percent", "is_compound")
    rows = TaxPercentage.objects.order_by("tax_rate_id", "region", "from_day", "part")
    ordered = rows.values_list(*columns)
    for (key, region, from_day), group in groupby(ordered, key=lambda row: row[:3]):
        day = "" if from_day == FROM_EVER else from_day.isoformat()
        yield (
            key,
            [
                (region, day, str(part), name, _plain(percent), YES if is_compound else NO)
                for *_, part, name, percent, is_compound in group
            ],
        )


def _is_always(group: list[Cells]) -> bool:
    """Whether the row of the tax itself can say it."""
    region, day, _, name, *_ = group[0]
    return len(group) == 1 and not (region or day or name)


def _plain(percent: Decimal) -> str:
    return format_micro(to_micro(percent, field="percent"))
