"""What very many drafts said when they were looked at, and which of them stay: by organization."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from icb.foundation.bulk import fetch, ids_in
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.providers import local_today

_SHORT = 16  # digits: enough to tell two versions of one organization's drafts apart


def versions_by_organization(ids: Iterable[int]) -> dict[str, str]:
    """By key of the organization, another text as soon as one of its drafts among these is gone or
    would be posted otherwise."""
    condition, params = ids_in("d.id", ids=ids)
    rows: Iterator[tuple[Any, ...]] = iter(
        fetch(
            "SELECT o.key, d.id, d.amount, d.held, d.deferred_until FROM draft_item d "
            f"JOIN organization o ON o.id = d.organization_id WHERE {condition} "
            "ORDER BY o.key, d.id",
            params,
        )
    )
    return {
        key: digest(canonical_json([[*row[1:]] for row in found]))[:_SHORT]
        for key, found in groupby(rows, key=lambda row: row[0])
    }


def staying_organizations(ids: Iterable[int], *, with_estimates: bool) -> dict[str, list[str]]:
    """The keys of the organizations that have drafts among these which posting leaves, by why:
    held, deferred, or estimated where those are not agreed to."""
    condition, params = ids_in("d.id", ids=ids)
    rows = fetch(
        "SELECT DISTINCT CASE WHEN d.held <> '' THEN 'held' WHEN d.deferred_until > %s THEN "
        "'deferred' ELSE 'estimated' END AS why, o.key FROM draft_item d JOIN organization o "
        f"ON o.id = d.organization_id WHERE {condition} AND (d.held <> '' OR "
        "d.deferred_until > %s OR (d.estimated_days > 0 AND %s = 0)) ORDER BY why, o.key",
        [local_today(), *params, local_today(), int(with_estimates)],
    )
    found: dict[str, list[str]] = {}
    for why, key in rows:
        found.setdefault(why, []).append(key)
    return found
