"""Whether the counts are whole: what must hold of every change point and every proven day."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from icb.foundation.bulk import fetch
from icb.foundation.scope import provider_id

_KEY = "m.key, o.external_id, t.key"
_OF_KEY = """
    JOIN module_connection m ON m.id = k.connection_id
    JOIN module_organization o ON o.id = k.module_organization_id
    JOIN billing_type t ON t.id = k.billing_type_id
"""

_TWICE = f"""
SELECT {_KEY}, c.day FROM usage_count c JOIN count_key k ON k.id = c.count_key_id {_OF_KEY}
WHERE c.provider_id = %s AND c.replaced_at IS NULL
GROUP BY k.id, m.key, o.external_id, t.key, c.day HAVING COUNT(*) > 1
ORDER BY k.id, c.day
"""
_UNPROVEN = f"""
SELECT {_KEY}, c.day FROM usage_count c JOIN count_key k ON k.id = c.count_key_id {_OF_KEY}
WHERE c.provider_id = %s AND c.replaced_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM proven_day d
                  WHERE d.connection_id = k.connection_id AND d.day = c.day)
  AND NOT EXISTS (SELECT 1 FROM proven_count a WHERE a.count_key_id = k.id AND a.day = c.day)
ORDER BY k.id, c.day
"""
# A first point that says "absent" repeats what holds before any point.
_REPEATED = f"""
SELECT {_KEY}, c.day FROM (
    SELECT count_key_id, day, state, value, reason, COALESCE(kept_value, -1) AS kept,
           LAG(state, 1, 'absent') OVER points AS state_before,
           LAG(value, 1, 0) OVER points AS value_before,
           LAG(reason, 1, '') OVER points AS reason_before,
           LAG(COALESCE(kept_value, -1), 1, -1) OVER points AS kept_before
    FROM usage_count WHERE provider_id = %s AND replaced_at IS NULL
    WINDOW points AS (PARTITION BY count_key_id ORDER BY day)
) c JOIN count_key k ON k.id = c.count_key_id {_OF_KEY}
WHERE c.state = c.state_before AND c.value = c.value_before AND c.reason = c.reason_before
  AND c.kept = c.kept_before
ORDER BY k.id, c.day
"""
_RETIRED = f"""
SELECT {_KEY}, c.day FROM usage_count c JOIN count_key k ON k.id = c.count_key_id {_OF_KEY}
WHERE c.provider_id = %s AND c.replaced_at IS NULL AND c.state = 'counted' AND c.value > 0
  AND t.retired_on < c.day
ORDER BY k.id, c.day
"""
_FIRST_COUNTED = f"""
SELECT {_KEY}, k.first_counted_on FROM count_key k {_OF_KEY}
LEFT JOIN (SELECT count_key_id, MIN(day) AS day FROM usage_count
           WHERE replaced_at IS NULL AND (state = 'counted' OR kept_value IS NOT NULL)
           GROUP BY count_key_id) f ON f.count_key_id = k.id
WHERE k.provider_id = %s AND (k.first_counted_on <> f.day
      OR (k.first_counted_on IS NULL) <> (f.day IS NULL))
ORDER BY k.id
"""
_PROOF_OF_DAY = """
SELECT m.key, d.day, s.state FROM proven_day d
JOIN module_connection m ON m.id = d.connection_id JOIN snapshot s ON s.id = d.snapshot_id
WHERE d.provider_id = %s AND (s.state <> 'accepted' OR NOT s.is_complete
      OR s.connection_id <> d.connection_id OR s.day <> d.day)
ORDER BY m.id, d.day
"""
_PROOF_OF_KEY = f"""
SELECT {_KEY}, a.day FROM proven_count a JOIN count_key k ON k.id = a.count_key_id {_OF_KEY}
JOIN snapshot s ON s.id = a.snapshot_id
WHERE a.provider_id = %s AND (s.state <> 'accepted'
      OR s.connection_id <> k.connection_id OR s.day <> a.day)
ORDER BY k.id, a.day
"""

_OF_POINTS = (
    (_TWICE, "{}: {} has two counts in force."),
    (_UNPROVEN, "{}: a count stands on {}, which no accepted answer proves."),
    (_REPEATED, "{}: the count of {} repeats the one before it."),
    (_RETIRED, "{}: a count stands on {}, after the billing type was retired."),
    (_FIRST_COUNTED, "{}: its first counted day is kept as {}, which its counts do not say."),
    (_PROOF_OF_KEY, "{}: what proves {} is no accepted answer for that day."),
)


def count_problems() -> list[str]:
    """What is wrong with the counts of the provider in scope; empty where they are whole."""
    of_points = (_of_keys(sql, says) for sql, says in _OF_POINTS)
    return [*chain.from_iterable(of_points), *_proof_problems()]


def _of_keys(sql: str, says: str) -> Iterator[str]:
    """Sentences about count keys: each row names its key and a day."""
    for module, organization, billing_type, day in _rows(sql):
        key = f"Module {module}, organization {organization}, {billing_type}"
        yield says.format(key, "missing" if day is None else day)


def _proof_problems() -> Iterator[str]:
    for module, day, state in _rows(_PROOF_OF_DAY):
        yield (
            f"Module {module}: what proves {day} is not a complete, accepted answer for that day "
            f"(it is {state})."
        )


def _rows(sql: str) -> list[tuple[Any, ...]]:
    return fetch(sql, [provider_id()])
