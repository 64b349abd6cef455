"""Totals and parts of them that are both mapped: the same device would be billed twice. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple


class MappedType(NamedTuple):
    """A billing type that drives a service, and the keys or names of the types it overlaps.

    `overlaps` may hold patterns, such as "Network Device (*)".
    """

    key: str
    name: str
    overlaps: Sequence[str]


def both_mapped(types: Iterable[MappedType]) -> list[tuple[MappedType, MappedType]]:
    """The pairs that count some things twice, each pair once, in the order of the types.

    The one whose entry names the other comes first; where both do, the earlier one.
    """
    ordered = list(types)
    pairs = []
    for at, one in enumerate(ordered):
        for other in ordered[at + 1 :]:
            if _names(one, other):
                pairs.append((one, other))
            elif _names(other, one):
                pairs.append((other, one))
    return pairs


def _names(total: MappedType, part: MappedType) -> bool:
    return any(
        fnmatchcase(word, pattern) for pattern in total.overlaps for word in (part.key, part.name)
    )
