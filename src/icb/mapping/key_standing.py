"""Who is billed for what a key counted on a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from icb.kernel.days import DayRange


class Owner(NamedTuple):
    """A key belongs to an organization on these days; None: it is ignored."""

    organization: int | None
    days: DayRange


class Taker(NamedTuple):
    """A contract takes what a key counted for a service on these days; None: it is ignored."""

    contract: int
    service: int | None
    days: DayRange


class Standing(NamedTuple):
    """Who is billed for a key on a day. Without services: nobody, `is_ignored` if on purpose."""

    organization: int | None
    services: tuple[int, ...]
    is_ignored: bool


def standing_on(day: date, *, owners: Iterable[Owner], takers: Iterable[Taker]) -> Standing:
    """Who is billed for a key on a day, by its mappings."""
    owner = next((owner for owner in owners if owner.days.contains(day)), None)
    taken = [taker for taker in takers if taker.days.contains(day)]
    services = tuple(taker.service for taker in taken if taker.service is not None)
    is_owner_ignored = owner is not None and owner.organization is None
    return Standing(
        owner.organization if owner else None,
        services,
        is_owner_ignored or (bool(taken) and not services),
    )
