"""What a run knows of a contract, as plain values. Pure: no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.money import Minor
from icb.kernel.period import Anchor, Period, PeriodLength, period_containing
from icb.kernel.quantity import Micro
from icb.mapping.units import FAR, ServiceFeeds, ServiceRun
from icb.rating.terms import (
    Billing,
    CountingRule,
    PriceFrom,
    PricingKind,
    ServiceTerms,
    UnitChanges,
)


class LineKey(NamedTuple):
    """Which line of a contract an item is for. `service` None: the contract's own minimum."""

    service: int | None
    period_start: date
    line: str
    effective_on: date


class Posted(NamedTuple):
    """The sum of what is posted for a key, and what was waived of it.

    `times` is how many posted items stand (un-posted ones do not); `last_revision` is the highest
    that was ever used.
    """

    amount: Minor
    units: Micro
    unit_days: Micro
    times: int
    last_revision: int


class Settled(NamedTuple):
    """What a key's line need no longer ask for: waived amounts, and until when it is deferred."""

    waived: Minor = 0
    deferred_until: date | None = None


@dataclass(slots=True)
class ServiceFacts:
    """One contract service: its terms, dated, and its units."""

    id: int
    key: str
    pricing: PricingKind
    minimum: Micro
    included: Micro
    package_size: Micro
    discount: Micro
    minimum_amount: Micro | None
    tax: int | None  # the id of the tax it is sold with
    catalogue: int = 0  # the id of the service of the catalogue, and what that costs there
    catalogue_price: Micro = 0
    name: str = ""  # what the catalogue calls it
    prices: tuple[PriceFrom, ...] = ()
    unit_changes: list[tuple[date, UnitChanges]] = field(default_factory=list)
    typed: list[tuple[date, Micro]] = field(default_factory=list)
    feeds: ServiceFeeds | None = None
    runs: list[ServiceRun] = field(default_factory=list)
    first_true: date | None = None

    @property
    def counting(self) -> CountingRule:
        """What the counts that feed the service mean."""
        return self.feeds.counting if self.feeds else CountingRule.LEVEL


@dataclass(slots=True)
class ContractFacts:
    """One contract with its services, and what of it is posted, drafted and decided."""

    id: int
    key: str
    organization: int
    starts_on: date
    ends_on: date | None
    length: PeriodLength
    anchor: Anchor
    billing: Billing
    currency: str
    minor_digits: int
    minimum_amount: Micro | None
    tax: int | None  # of the organization: the contract's own minimum carries it
    settled_until: date | None
    services: dict[int, ServiceFacts] = field(default_factory=dict)
    posted: dict[LineKey, Posted] = field(default_factory=dict)
    settled: dict[LineKey, Settled] = field(default_factory=dict)

    @property
    def cover(self) -> DayRange:
        """The contract's days, half-open."""
        return DayRange(self.starts_on, FAR if self.ends_on is None else self.ends_on + ONE_DAY)

    def period_of(self, day: date) -> Period:
        """The whole period that holds `day`."""
        return period_containing(
            day, starts_on=self.starts_on, length=self.length, anchor=self.anchor
        )

    def terms(self, service: ServiceFacts, *, period: Period) -> ServiceTerms:
        """The service's terms in a period: the choice of unit changes in force at its start."""
        start = max(period.start, self.starts_on)
        chosen = UnitChanges.PRORATE_DAILY
        for from_day, unit_changes in service.unit_changes:
            if from_day <= start:
                chosen = unit_changes
        if service.counting is CountingRule.PERIOD_VALUE:
            chosen = UnitChanges.ADJUST_AT_PERIOD_END
        return ServiceTerms(
            billing=self.billing,
            unit_changes=chosen,
            counting=service.counting,
            pricing=service.pricing,
            prices=service.prices,
            minor_digits=self.minor_digits,
            minimum=service.minimum,
            included=service.included,
            package_size=service.package_size,
            discount=service.discount,
            minimum_amount=service.minimum_amount,
        )
