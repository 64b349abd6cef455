"""Which contracts may not sell the same service at the same time. Pure."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.errors import InvalidInput, Refused

FAR = date(9999, 12, 31)
"""The end of a range that has no end."""


class Sold(NamedTuple):
    """On which days a contract sells something."""

    contract: str
    days: DayRange


def cover(starts_on: date, *, ends_on: date | None) -> DayRange:
    """A contract's days: both of its dates are covered ones."""
    return DayRange(starts_on, FAR if ends_on is None else ends_on + ONE_DAY)


def check_days(starts_on: date, *, ends_on: date | None) -> None:
    """Refuse an end before the start."""
    if ends_on is not None and ends_on < starts_on:
        raise InvalidInput(
            field="ends_on",
            value=ends_on,
            message=f"ends_on {ends_on}: it lies before the start on {starts_on}. Nothing was "
            "stored. Give the same day or a later one.",
        )


def told(days: DayRange) -> str:
    """The days in words, such as "from 2026-01-01 to 2026-06-30"."""
    end = "" if days.end == FAR else f" to {days.end - ONE_DAY}"
    return f"from {days.start}{end}"


class Sales:
    """Who sells what to whom, on which days, to find two contracts that overlap.

    The keys are those of an organization and a service. A service that stands on one contract
    twice does not overlap with itself.
    """

    def __init__(self) -> None:
        self._sold: dict[tuple[str, str], list[Sold]] = defaultdict(list)

    def add(self, organization: str, *, service: str, sold: Sold) -> None:
        """Count a sale as known."""
        self._sold[organization, service].append(sold)

    def check(self, organization: str, *, service: str, sold: Sold) -> None:
        """Refuse a sale on a day on which another contract sells the service already."""
        for other in self._sold.get((organization, service), ()):
            if other.contract == sold.contract or not other.days.intersect(sold.days):
                continue
            raise Refused(
                "overlapping_contract",
                f"Contract {sold.contract} ({told(sold.days)}) and contract {other.contract} "
                f"({told(other.days)}) both have the service {service} for {organization}. "
                "Nothing was stored. Let one of them end before the other starts, or leave the "
                "service out of one.",
                contract=sold.contract,
                other=other.contract,
                service=service,
            )
