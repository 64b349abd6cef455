"""What is counted: the keys, with the names people know them by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from icb.foundation.bulk import fetch, ids_in
from icb.foundation.scope import provider_id


class KeyRow(NamedTuple):
    """A count key with the names people know it by, and the first day that it was counted on."""

    id: int
    module: str
    organization_id: int
    external_id: str
    billing_type_id: int
    billing_type: str
    first_day: date


def count_keys(ids: Iterable[int] | None = None) -> list[KeyRow]:
    """Everything that was counted, or what of these keys was, by module, module organization and
    type as entered."""
    return _rows(*(("1 = 1", []) if ids is None else ids_in("k.id", ids=ids)))


def few_count_keys(most: int) -> list[KeyRow] | None:
    """Everything that was counted, where that is not more than so many keys; None where it is."""
    found = _rows(f"({_COUNTED}) <= %s", [provider_id(), most + 1, most])
    return found if found or not has_more_keys(most) else None


def has_more_keys(most: int) -> bool:
    """Whether more keys than these are counted; no more than one more is looked at."""
    return int(fetch(_COUNTED, [provider_id(), most + 1])[0][0]) > most


_COUNTED = """
SELECT COUNT(*) FROM (
  SELECT 1 FROM count_key x JOIN module_connection c ON c.id = x.connection_id
  WHERE c.provider_id = %s LIMIT %s
) counted
"""


def _rows(chosen: str, params: list[Any]) -> list[KeyRow]:
    rows = fetch(
        f"""
        SELECT k.id, n.key, k.module_organization_id, mo.external_id, k.billing_type_id, bt.key,
               k.first_counted_on
        FROM count_key k
        JOIN module_connection n ON n.id = k.connection_id
        JOIN module_organization mo ON mo.id = k.module_organization_id
        JOIN billing_type bt ON bt.id = k.billing_type_id
        WHERE k.provider_id = %s AND k.first_counted_on IS NOT NULL AND {chosen}
        ORDER BY n.id, mo.id, bt.id
        """,
        [provider_id(), *params],
    )
    return [KeyRow(*row) for row in rows]
