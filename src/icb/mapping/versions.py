"""In which state somebody saw the mappings of a module organization. Pure.

Two people may look at the same page: what the second one saves is compared with what stood when
they opened it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date

NEVER_MAPPED = "0"
_LENGTH = 16


def version_of(mappings: Iterable[tuple[int, date | None, date | None]]) -> str:
    """A short text for (id, first day, last day) of each mapping; another one after any change."""
    told = "\n".join(f"{id_} {first} {last}" for id_, first, last in sorted(mappings, key=_id))
    return hashlib.sha256(told.encode()).hexdigest()[:_LENGTH] if told else NEVER_MAPPED


def _id(mapping: tuple[int, date | None, date | None]) -> int:
    return mapping[0]
