"""Changes of units on contracts, as their notes tell them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import ExpressionWrapper, F, Sum
from django.db.models.functions import TruncMonth

from icb.contracts.models import ContractNote
from icb.foundation.fields import QuantityField
from icb.foundation.listing import Asked, Kind, Page, Wanted, narrowed, page_of


class UnitChangeRow(NamedTuple):
    """One change: from a day on, a service of a contract has other units."""

    day: date
    organization: str
    organization_name: str
    contract: str
    service: str
    before: Decimal
    after: Decimal
    change: Decimal
    actor: str


class MonthlyChange(NamedTuple):
    """Units that were added and taken away in a month; the second is not above zero."""

    month: date
    added: Decimal
    removed: Decimal


_FIELDS = (
    "day",
    "contract__organization__key",
    "contract__organization__name",
    "contract__key",
    "contract_service__service__name",
    "units_before",
    "units_after",
    "change",
    "actor",
)
_ASKED = {
    "day": Asked("day", Kind.DAY),
    "organization": Asked("contract__organization__name", is_searched=True),
    "contract": Asked("contract__key", is_searched=True),
    "service": Asked("contract_service__service__name", is_searched=True),
    "before": Asked("units_before", Kind.NUMBER),
    "after": Asked("units_after", Kind.NUMBER),
    "change": Asked("change", Kind.NUMBER),
    "actor": Asked("actor"),
}


def unit_change_page(wanted: Wanted) -> Page[UnitChangeRow]:
    """One page of the changes, newest first."""
    found = _changes().order_by("-day", "-pk")
    make = UnitChangeRow._make
    return page_of(found, wanted=wanted, columns=_ASKED, fields=_FIELDS, make=make)


def unit_changes_by_month(wanted: Wanted) -> list[MonthlyChange]:
    """What the changes that fit come to, month by month, oldest first."""
    found = narrowed(_changes(), wanted=wanted, columns=_ASKED).order_by()
    months = found.annotate(month=TruncMonth("day")).values("month")
    zero = Decimal(0)
    added = dict(months.filter(change__gt=0).annotate(n=Sum("change")).values_list("month", "n"))
    removed = dict(months.filter(change__lt=0).annotate(n=Sum("change")).values_list("month", "n"))
    return [
        MonthlyChange(month, added.get(month, zero), removed.get(month, zero))
        for month in sorted({*added, *removed})
    ]


def _changes() -> Any:
    found = ContractNote.objects.filter(
        day__isnull=False, units_before__isnull=False, units_after__isnull=False
    )
    return found.annotate(
        change=ExpressionWrapper(F("units_after") - F("units_before"), output_field=QuantityField())
    )
