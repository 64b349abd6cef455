"""What the actions of this app take. Numbers are exact: Decimal, text or whole number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Required, TypedDict

Number = Decimal | str | int
NewTier = tuple[Number | None, Number]
"""The last unit of the tier (None: without end), and the price of a unit in it."""


class PriceChange(TypedDict, total=False):
    """From which day on, with which tiers, and over which version it was typed (empty: any)."""

    from_day: Required[date]
    tiers: Sequence[NewTier] | None
    seen: str


@dataclass(frozen=True, slots=True)
class NewService:
    """Something to sell, at a price in the provider's currency."""

    key: str
    name: str
    price: Number
    cost: Number | None = None
    tax: str = ""


@dataclass(frozen=True, slots=True)
class NewContractService:
    """A service on a contract, as it stands on the contract's first day.

    Without a price of its own the catalogue's holds. `units` are typed: for days on which no count
    drives the service. `discount` is per cent, `minimum_amount` money, the other numbers are
    quantities.
    """

    service: str
    key: str = ""
    price: Number | None = None
    units: Number | None = None
    included: Number = 0
    minimum: Number = 0
    discount: Number = 0
    pricing: str = "per_unit"
    package_size: Number = 0
    tiers: Sequence[NewTier] = ()
    minimum_amount: Number | None = None
    unit_changes: str = ""


@dataclass(frozen=True, slots=True)
class NewContract:
    """A recurring service contract. Both of its days are covered days.

    Without a currency the organization's holds, without that the provider's.
    """

    key: str
    organization: str
    starts_on: date
    ends_on: date | None = None
    period: str = "monthly"
    anchor: str = "calendar"
    billing: str = "in_arrears"
    currency: str = ""
    minimum_amount: Number | None = None
    name: str = ""
    services: Sequence[NewContractService] = ()
