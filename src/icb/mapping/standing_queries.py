"""How many of a module's organizations are mapped, ignored, or waiting."""

from __future__ import annotations

from icb.foundation.bulk import fetch
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.mapping.queries import IGNORED, MAPPED, NEW, NEW_FOR, UNMAPPED

_COUNTED = """
SELECT CASE
    WHEN om.id IS NOT NULL AND om.organization_id IS NULL THEN %s
    WHEN om.id IS NOT NULL THEN %s
    WHEN m.first_seen_on IS NULL OR m.first_seen_on > %s THEN %s
    ELSE %s END AS standing, COUNT(*)
FROM module_organization m
JOIN module_connection c ON c.id = m.connection_id
LEFT JOIN organization_mapping om ON om.module_organization_id = m.id
     AND (om.starts_on IS NULL OR om.starts_on <= %s)
     AND (om.ends_on IS NULL OR om.ends_on >= %s)
WHERE m.provider_id = %s AND c.key = %s
GROUP BY 1
"""


def mapping_counts(connection: str) -> dict[str, int]:
    """The module organizations of a connection by their standing today, none left out.

    New ones are unmapped ones that were first seen lately, or not counted at all yet.
    """
    today = local_today()
    found = fetch(
        _COUNTED,
        [
            *(IGNORED, MAPPED, today - NEW_FOR, NEW, UNMAPPED),
            *(today, today, provider_id(), connection),
        ],
    )
    return {MAPPED: 0, IGNORED: 0, UNMAPPED: 0, NEW: 0, **dict(found)}
