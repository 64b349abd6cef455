"""Add rows to the activity log, in the transaction of whoever follows the counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from icb.foundation.bulk import insert_rows, to_db_instant
from icb.kernel import clock
from icb.kernel.quantity import Micro
from icb.mapping.log_rows import TROUBLE
from icb.mapping.models import Activity


class NewActivity(NamedTuple):
    """One row: of a key, or (without a billing type) of a whole sync; units in millionths."""

    day: date
    connection: int
    status: str
    message: str = ""
    snapshot: int | None = None
    module_organization: int | None = None
    billing_type: int | None = None
    organization: int | None = None
    contract_service: int | None = None
    units_before: Micro | None = None
    units_after: Micro | None = None


_COLUMNS = (
    "day",
    "connection_id",
    "status",
    "message",
    "snapshot_id",
    "module_organization_id",
    "billing_type_id",
    "organization_id",
    "contract_service_id",
    "units_before",
    "units_after",
    "is_trouble",
    "recorded_at",
)


def add_activity(news: Iterable[NewActivity]) -> int:
    """Add these rows, in this order; how many there were. They are never changed."""
    at = to_db_instant(clock.now())
    rows = ((*new, new.status in TROUBLE, at) for new in news)
    return insert_rows(Activity, columns=_COLUMNS, rows=rows)
