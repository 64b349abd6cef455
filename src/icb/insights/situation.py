"""What the rules look at: how everything stands on a day, as plain data. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from icb.insights.finding import MonthlyPrice
from icb.kernel.quantity import Micro


class Usage(NamedTuple):
    """What one key reads today, and who is billed for it.

    `before` is what it read a week ago, None where nothing. `held` says why a person must decide,
    if one must, and `said` what the module said then. Without `services` nobody is billed for it.
    """

    connection: str
    organization_id: str
    name: str
    billing_type: str
    type_name: str
    units: Micro
    before: Micro | None
    held: str
    said: Micro | None
    organization: str
    is_ignored: bool
    services: tuple[int, ...]
    billing_type_row: int


class Connection(NamedTuple):
    """A connection and its last answers.

    `last_day` is the newest day with counts, `silent_days` how many days have passed since without
    any for which an answer was expected. `code` and `message` are of the newest attempt, where it
    failed.
    """

    key: str
    name: str
    is_enabled: bool
    is_billable: bool
    last_day: date | None
    silent_days: int
    code: str
    message: str


class Unmapped(NamedTuple):
    """A module organization that nobody has mapped or ignored."""

    connection: str
    id: str
    name: str


class UnknownType(NamedTuple):
    """A billing type that a module reports and no catalogue describes."""

    connection: str
    key: str


class Customer(NamedTuple):
    """An organization: its type, and whether a contract of its covers today."""

    key: str
    type: str
    has_contract: bool
    last_contract_day: date | None


class Service(NamedTuple):
    """A contract service in force today. `price` is None where it is not a price per unit."""

    id: int
    contract: str
    organization: str
    key: str
    price: MonthlyPrice | None
    cost: Micro | None  # in the provider's currency, per month
    ends_on: date | None
    typed: Micro | None


class Overlap(NamedTuple):
    """A total and a part of it, both mapped on one contract."""

    contract: str
    module: str
    total: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """How everything stands on `today`; `currency` is the provider's own."""

    today: date
    currency: str
    connections: Sequence[Connection] = ()
    usage: Sequence[Usage] = ()
    unmapped: Sequence[Unmapped] = ()
    unknown_types: Sequence[UnknownType] = ()
    customers: Mapping[str, Customer] = field(default_factory=dict)
    services: Mapping[int, Service] = field(default_factory=dict)
    overlaps: Sequence[Overlap] = ()
    typical: Mapping[int, MonthlyPrice] = field(default_factory=dict)

    def price(self, usage: Usage) -> MonthlyPrice | None:
        """What a unit costs: by the service that it drives, else as everywhere it is mapped."""
        driven = [self.services[id].price for id in usage.services if id in self.services]
        return driven[0] if driven else self.typical.get(usage.billing_type_row)
