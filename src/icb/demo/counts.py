"""The daily counts of the demo: a slow walk from a seed, with the mishaps of a real year."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from icb.demo.cast import CLIENTS, OFFERS, TYPES, Client
from icb.demo.fleet import Fleet
from icb.demo.year import Year

_SEED = "a year of counts"
_GROWTH = (-1, 1, 1, 2)
ABSENT = None
ONE_TENANT = ("backup", "training")
"""Modules that know a client once, whatever its sites."""


class CountRow(NamedTuple):
    """One count of one day, as a line of counts.csv."""

    module: str
    id: str
    billing_type: str
    day: date
    value: str


class Failure(NamedTuple):
    """Days on which a module gave no answer."""

    module: str
    first: date
    last: date
    reason: str


class Place(NamedTuple):
    """Where a client is counted: a site of it, as one module knows it."""

    module: str
    client: Client
    site: int

    @property
    def name(self) -> str:
        """What the module calls it."""
        return self.client.name + (f", site {self.site + 1}" if self.site else "")


def places() -> list[Place]:
    """Every place at which something is counted, client by client."""
    return [
        Place(module, client, site)
        for client in CLIENTS
        for site in range(client.sites)
        for module in TYPES
        if site == 0 or module not in ONE_TENANT
    ]


@cache
def place_ids() -> dict[Place, str]:
    """The id of each place in its module: the vendors' own, or a customer number."""
    fleet = Fleet()
    numbers = {entry.key: 1000 + 10 * number for number, entry in enumerate(CLIENTS)}
    return {
        place: fleet.ids.get((place.module, place.client.key, place.site))
        or str(numbers[place.client.key] + place.site)
        for place in places()
    }


def sites_of(client_key: str) -> list[tuple[str, str]]:
    """The module organizations of a client: module and id."""
    return [
        (place.module, id) for place, id in place_ids().items() if place.client.key == client_key
    ]


def failures(year: Year) -> list[Failure]:
    """Two days without backup counts in the spring of the year, one of security in its autumn."""
    third, tenth = year.month(2), year.month(9)
    return [
        Failure("backup", third + timedelta(days=11), third + timedelta(days=12), "timeout"),
        Failure("security", tenth + timedelta(days=20), tenth + timedelta(days=20), "HTTP 503"),
    ]


def daily_counts(year: Year) -> Iterator[CountRow]:
    """Every count of the year and the days after it, day by day, failed days left out."""
    failed = {
        (failure.module, failure.first + timedelta(days=number))
        for failure in failures(year)
        for number in range((failure.last - failure.first).days + 1)
    }
    walks = list(_walks())
    day = year.start
    while day < year.today:
        for walk in walks:
            value = walk.step(day, year)
            if value is not ABSENT and (walk.module, day) not in failed:
                yield CountRow(walk.module, walk.id, walk.billing_type, day, value)
        day += timedelta(days=1)


def _walks() -> Iterator[_Walk]:
    for place, id in place_ids().items():
        for billing_type in TYPES[place.module]:
            yield _Walk(place, id, billing_type)


class _Walk:
    """One count from day to day."""

    def __init__(self, place: Place, id: str, billing_type: str) -> None:
        client = self.client = place.client
        self.id, self.module, self.billing_type = id, place.module, billing_type
        self.chance = random.Random(f"{_SEED} {client.key} {place.site} {billing_type}")
        share = next(
            (offer.per_hundred for offer in OFFERS if offer.billing_type == billing_type), 15
        )
        self.value = max(1, client.people * share // 100 // client.sites)

    def step(self, day: date, year: Year) -> str | None:
        """The count of the day; None where the module does not know the organization."""
        if self.billing_type == "enabled":
            self.value = 1 if self.client.people > 20 else 0
        elif self.chance.random() < 0.035:
            spread = 40 if self.billing_type == "storage_gb" else 1
            self.value = max(1, self.value + self.chance.choice(_GROWTH) * spread)
        if day < year.month(self.client.joins_in_month):
            return ABSENT
        if self.client.key == "vesper-radio" and day >= year.month(11) + timedelta(days=17):
            return ABSENT  # gone from every module, and nobody said so
        if self._fell(day, year):
            return "9"
        if self.billing_type == "storage_gb":
            return f"{self.value}.{self.chance.randrange(10)}"
        return str(self.value)

    def _fell(self, day: date, year: Year) -> bool:
        """A migration gone wrong: most devices of a client disappear from one day to the next."""
        return (self.client.key, self.billing_type) == (
            "rowan-freight",
            "Desktop & Laptop",
        ) and day >= year.month(11) + timedelta(days=9)
