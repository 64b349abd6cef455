"""Note on contracts which units changed, in the transaction of whoever follows the counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from icb.contracts.models import ContractNote
from icb.contracts.unit_notes import Units
from icb.foundation.actor import current_actor
from icb.foundation.bulk import insert_rows, to_db_instant
from icb.kernel import clock


class NewUnitNote(NamedTuple):
    """The units of a contract service before a day and on it, and the words for it."""

    contract: int
    contract_service: int
    day: date
    units: Units
    text: str


_COLUMNS = (
    "contract_id",
    "contract_service_id",
    "day",
    "units_before",
    "units_after",
    "text",
    "actor",
    "at",
)


def add_unit_notes(news: Iterable[NewUnitNote]) -> int:
    """Write these notes, in this order; how many there were."""
    at, actor = to_db_instant(clock.now()), current_actor()
    rows = (
        (new.contract, new.contract_service, new.day, *new.units, new.text, actor, at)
        for new in news
    )
    return insert_rows(ContractNote, columns=_COLUMNS, rows=rows)
