"""What a change of mappings from an earlier day on would bill anew."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from icb.foundation.bulk import fetch
from icb.foundation.scope import provider_id


class Rebilled(NamedTuple):
    """How many contracts are calculated anew, and how many of their posted items reach into the
    days in question."""

    contracts: int
    items: int


def rebilled(organizations: Collection[str], *, from_day: date | None) -> Rebilled:
    """What these organizations (by key) have from a day on, or (None) ever since."""
    if not organizations:
        return Rebilled(0, 0)
    keys = sorted(organizations)
    marks = ", ".join(["%s"] * len(keys))
    first = from_day or date.min
    contracts = fetch(
        f"""
        SELECT COUNT(*) FROM contract c JOIN organization o ON o.id = c.organization_id
        WHERE c.provider_id = %s AND o.key IN ({marks}) AND (c.ends_on IS NULL OR c.ends_on >= %s)
        """,
        [provider_id(), *keys, first],
    )
    items = fetch(
        f"""
        SELECT COUNT(*) FROM billing_item x JOIN organization o ON o.id = x.organization_id
        LEFT JOIN unposting u ON u.item_id = x.id
        WHERE x.provider_id = %s AND o.key IN ({marks}) AND x.period_end > %s AND u.id IS NULL
        """,
        [provider_id(), *keys, first],
    )
    return Rebilled(contracts[0][0], items[0][0])
