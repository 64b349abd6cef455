"""Which changes of units are noted, for lists and for whoever notes more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from icb.contracts.models import ContractNote, ContractUnits
from icb.contracts.unit_notes import Units
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of

_NOTED = """
SELECT n.contract_service_id, n.day, n.units_before, n.units_after FROM contract_note n
WHERE {chosen} AND n.day >= %s ORDER BY n.id
"""
_NAMES = "SELECT s.id, s.contract_id, s.key FROM contract_service s WHERE {chosen}"


def noted_units(services: Iterable[int], *, since: date) -> dict[int, dict[date, Units]]:
    """By contract service and day, from `since` on, what its newest note says."""
    condition, params = ids_in("n.contract_service_id", ids=services)
    found: dict[int, dict[date, Units]] = defaultdict(dict)
    for service, day, before, after in fetch(_NOTED.format(chosen=condition), [*params, since]):
        found[service][day] = Units(before, after)
    return found


def service_places(services: Iterable[int]) -> dict[int, tuple[int, str]]:
    """By contract service its contract and its key there."""
    condition, params = ids_in("s.id", ids=services)
    return {row[0]: (row[1], row[2]) for row in fetch(_NAMES.format(chosen=condition), params)}


class UnitNoteRow(NamedTuple):
    """A change of a service's units that counts brought about; None: none.

    `service` is the service's key on the contract.
    """

    day: date
    contract_service: int
    service: str
    name: str
    before: Decimal | None
    after: Decimal | None
    actor: str


class TypedRow(NamedTuple):
    """Units that somebody typed, from a day on, and what was typed before; None: nothing."""

    from_day: date
    service: str
    before: Decimal | None
    units: Decimal
    actor: str
    at: datetime


_UNIT_COLUMNS = {
    "day": Asked("day", Kind.DAY),
    "service": Asked("contract_service__service__name", is_searched=True),
    "key": Asked("contract_service__key", is_searched=True),
    "before": Asked("units_before", Kind.NUMBER),
    "after": Asked("units_after", Kind.NUMBER),
    "actor": Asked("actor"),
}


def unit_note_page(wanted: Wanted, *, contract: str) -> Page[UnitNoteRow]:
    """One page of the changes of units that counts brought about on a contract, newest first."""
    found = ContractNote.objects.filter(contract__key=contract, day__isnull=False)
    return page_of(
        found.order_by("-day", "-pk"),
        wanted=wanted,
        columns=_UNIT_COLUMNS,
        fields=(
            "day",
            "contract_service_id",
            "contract_service__key",
            "contract_service__service__name",
            "units_before",
            "units_after",
            "actor",
        ),
        make=UnitNoteRow._make,
    )


def typed_units(contract: str) -> list[TypedRow]:
    """What was typed as units on a contract, newest day first."""
    rows = ContractUnits.objects.filter(contract_service__contract__key=contract)
    found: list[TypedRow] = []
    last: dict[str, Decimal] = {}
    for day, service, units, actor, at in rows.order_by("from_day", "pk").values_list(
        "from_day", "contract_service__key", "units", "recorded_by", "recorded_at"
    ):
        found.append(TypedRow(day, service, last.get(service), units, actor, at))
        last[service] = units
    return found[::-1]
