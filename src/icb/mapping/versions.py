"""In which state somebody saw the mappings of a module organization. Pure.

Two people may look at the same page: what the second one saves is compared with what stood when
they opened it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from icb.foundation.canonical import canonical_json, digest

NEVER_MAPPED = "0"
_LENGTH = 16


def version_of(mappings: Iterable[tuple[int, date | None, date | None]]) -> str:
    """A short text for (id, first day, last day) of each mapping; another one after any change."""
    rows = sorted(
        [id_, "" if first is None else first.isoformat(), "" if last is None else last.isoformat()]
        for id_, first, last in mappings
    )
    return digest(canonical_json(rows))[:_LENGTH] if rows else NEVER_MAPPED
