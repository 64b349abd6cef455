"""Reads of taxes: what they come to, where and since when, and who is exempt from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from icb.foundation.bulk import fetch, ids_in
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.kernel.problems import unknown
from icb.kernel.quantity import micro_to_decimal
from icb.organizations.models import (
    Organization,
    TaxCategory,
    TaxExemption,
    TaxPercentage,
    TaxRate,
    TaxUse,
)
from icb.organizations.tax_book import (
    ANYWHERE,
    DatedParts,
    Exemption,
    Tax,
    TaxBook,
    Taxpayer,
)
from icb.rating.tax import TaxPart

CATEGORIES: tuple[tuple[str, str], ...] = tuple(TaxCategory.choices)
"""What a tax can be, with the word for it."""


class PartRow(NamedTuple):
    """One part of a tax, in per cent."""

    name: str
    percent: Decimal
    is_compound: bool


class PercentageRow(NamedTuple):
    """What a tax comes to in a region from a day on. `is_fixed`: documents took it."""

    region: str
    from_day: date
    parts: tuple[PartRow, ...]
    is_fixed: bool

    @property
    def percent(self) -> Decimal:
        """The percentages of all parts together."""
        return sum((part.percent for part in self.parts), Decimal(0))


class TaxRateRow(NamedTuple):
    """One tax. `today` holds what is in force in each region."""

    id: int
    key: str
    name: str
    category: str
    reason: str
    today: tuple[PercentageRow, ...] = ()

    @property
    def called(self) -> str:
        """Its name with what it comes to today, to choose by: "VAT (20 %, DE 19 %)"."""
        said = [f"{row.region} {_plain(row.percent)} %".strip() for row in self.today]
        return f"{self.name} ({', '.join(said)})" if said else self.name


class ExemptionRow(NamedTuple):
    """Days on which an organization is exempt; `tax` is empty where from any tax."""

    id: int
    organization: str
    tax: str
    starts_on: date
    ends_on: date | None
    reason: str
    certificate: str


def tax_rates() -> list[TaxRateRow]:
    """All taxes, as entered."""
    dated, fixed, today = _dated(), _fixed(), local_today()
    found: dict[int, list[PercentageRow]] = defaultdict(list)
    for (tax, region), entries in sorted(dated.items()):
        for entry in [one for one in entries if one.from_day <= today][-1:]:
            found[tax].append(_percentage_row(tax, region, entry, fixed))
    rows = TaxRate.objects.order_by("pk").values_list("pk", "key", "name", "category", "reason")
    return [TaxRateRow._make((*row, tuple(found[row[0]]))) for row in rows]


def tax_rate_named(key: str) -> TaxRateRow:
    """The tax with this key; NotFound, naming what exists, where there is none."""
    rows = {row.key: row for row in tax_rates()}
    if key not in rows:
        raise unknown("tax rate", key=key, known=rows)
    return rows[key]


def percentages_of(key: str) -> list[PercentageRow]:
    """All percentages of a tax, by region and day. Raises NotFound for an unknown tax."""
    tax, fixed = tax_rate_named(key).id, _fixed()
    return [
        _percentage_row(tax, region, entry, fixed)
        for (_, region), entries in sorted(_dated(tax).items())
        for entry in entries
    ]


def tax_is_used(tax: int) -> bool:
    """Whether a document took a tax."""
    return bool(TaxUse.objects.filter(tax_rate_id=tax).exists())


def tax_exemptions(*, organization: str = "") -> list[ExemptionRow]:
    """The exemptions of one organization, or of all, as entered."""
    found = TaxExemption.objects.order_by("pk")
    if organization:
        found = found.filter(organization__key=organization)
    rows = found.values_list(
        "pk",
        "organization__key",
        "tax_rate__key",
        "starts_on",
        "ends_on",
        "reason",
        "certificate",
    )
    return [ExemptionRow._make((*row[:2], row[2] or "", *row[3:])) for row in rows]


def tax_regions() -> list[str]:
    """The regions that percentages or organizations name."""
    names = set(TaxPercentage.objects.order_by().values_list("region", flat=True).distinct())
    names |= set(Organization.objects.order_by().values_list("tax_region", flat=True).distinct())
    return sorted(names - {ANYWHERE})


def tax_book(organizations: Iterable[int]) -> TaxBook:
    """Everything that decides the taxes of these organizations: four queries for any number of
    them, and none for none."""
    organizations = list(organizations)
    if not organizations:
        return TaxBook({}, {}, {})
    taxes = TaxRate.objects.values_list("pk", "key", "category", "reason")
    chosen, params = ids_in("o.id", ids=organizations)
    exemptions: dict[int, list[Exemption]] = defaultdict(list)
    for organization, *entry in fetch(
        "SELECT e.organization_id, e.tax_rate_id, e.starts_on, e.ends_on, e.reason, e.certificate "
        "FROM tax_exemption e JOIN organization o ON o.id = e.organization_id "
        f"WHERE o.provider_id = %s AND {chosen} ORDER BY e.id",
        [provider_id(), *params],
    ):
        exemptions[organization].append(Exemption(*entry))
    payers = fetch(
        "SELECT o.id, o.key, o.tax_region, o.tax_rate_id FROM organization o "
        f"WHERE o.provider_id = %s AND {chosen}",
        [provider_id(), *params],
    )
    return TaxBook(
        {row[0]: Tax(*row) for row in taxes},
        _dated(),
        {id: Taxpayer._make((*row, exemptions[id])) for id, *row in payers},
    )


def _dated(tax: int | None = None) -> dict[tuple[int, str], list[DatedParts]]:
    """The percentages by tax and region, in ascending order of days."""
    found: dict[tuple[int, str], dict[date, list[TaxPart]]] = defaultdict(dict)
    only, params = (" AND tax_rate_id = %s", [tax]) if tax else ("", [])
    for tax_id, region, day, *part in fetch(
        "SELECT tax_rate_id, region, from_day, name, percent, is_compound FROM tax_percentage "
        f"WHERE provider_id = %s{only} ORDER BY tax_rate_id, region, from_day, part",
        [provider_id(), *params],
    ):
        found[tax_id, region].setdefault(day, []).append(
            TaxPart(part[0], part[1], is_compound=bool(part[2]))
        )
    return {
        key: [DatedParts(day, tuple(parts)) for day, parts in days.items()]
        for key, days in found.items()
    }


def _fixed() -> dict[tuple[int, str], date]:
    """Until which day the percentages of a tax and region stay as they are."""
    found: dict[tuple[int, str], date] = {}
    rows = TaxUse.objects.values_list("tax_rate", "region", "found_in", "last_day")
    for tax, region, found_in, last_day in rows:
        for where in {region, found_in} if region else {found_in}:
            found[tax, where] = max(last_day, found.get((tax, where), last_day))
    return found


def _percentage_row(
    tax: int, region: str, entry: DatedParts, fixed: dict[tuple[int, str], date]
) -> PercentageRow:
    parts = tuple(
        PartRow(part.name, micro_to_decimal(part.percent), part.is_compound) for part in entry.parts
    )
    last_day = fixed.get((tax, region))
    return PercentageRow(
        region, entry.from_day, parts, last_day is not None and entry.from_day <= last_day
    )


def _plain(percent: Decimal) -> str:
    return f"{percent.normalize():f}"
