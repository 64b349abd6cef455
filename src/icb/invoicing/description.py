"""What a line says to the client: the service, the days and, where it holds, the arithmetic.

Words and dates are the same on every machine: nothing here asks the locale or the clock.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from icb.invoicing.consolidate import PostedItem
from icb.kernel.currency import minor_digits
from icb.kernel.money import Minor
from icb.kernel.quantity import MICRO, Micro, format_micro
from icb.kernel.rounding import round_ratio

SEPARATOR = " · "
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class Description(NamedTuple):
    """A line's title (the service, or the reason of a manual item) and its smaller print."""

    title: str
    detail: str

    def __str__(self) -> str:
        return SEPARATOR.join(part for part in self if part)


def describe(item: PostedItem) -> Description:
    """The description of an item's line.

    The arithmetic stands there only where it gives the amount exactly as printed; where minimum,
    included units, tiers or packages decide, only the units do, and the line's working says more.
    """
    return Description(_title(item), SEPARATOR.join(_detail(item)))


def _title(item: PostedItem) -> str:
    if item.kind == "manual":
        return item.reason
    return item.service_name or item.contract_name or item.contract


def _detail(item: PostedItem) -> list[str]:
    period = days_text(item.period_start, end=item.period_end)
    later = item.effective_on > item.period_start
    if item.kind == "manual":
        return [item.service_name] if item.service_name else []
    if item.kind == "discount":
        from_day = [f"from {day_text(item.effective_on)}"] if later else []
        return ["Discount", period, *from_day]
    if item.kind == "minimum":
        return ["Up to the agreed minimum", period]
    if item.kind == "adjustment":
        changed = days_text(item.effective_on, end=item.period_end)
        return ["Change of units or price", changed, _quantity(item), *_estimated(item)]
    parts = ["Correction", period] if item.kind == "correction" else [period]
    if later:
        parts.append(f"from {day_text(item.effective_on)}")
    return [*parts, _quantity(item), *_estimated(item)]


def _quantity(item: PostedItem) -> str:
    """Units or unit-days, with price and days where these give the amount."""
    units, unit_days, price, days = item.units, item.unit_days, item.unit_price, item.days_in_period
    if price is not None:
        shown_price = price_text(price, currency=item.currency)
        if unit_days in (0, units, units * days) and _gives(item, units * price, MICRO * MICRO):
            return f"{number_text(units)} × {shown_price}"
        if unit_days and _gives(item, unit_days * price, MICRO * MICRO * days):
            return f"{number_text(unit_days)} unit-days × {shown_price} / {days} days"
        left = (item.period_end - item.effective_on).days
        if not unit_days and _gives(item, units * price * left, MICRO * MICRO * days):
            return f"{number_text(units)} × {shown_price} × {left} / {days} days"
    if unit_days:
        return f"{number_text(unit_days)} unit-days"
    return f"{number_text(units)} unit" + ("" if abs(units) == MICRO else "s")


def _gives(item: PostedItem, numerator: int, denominator: int) -> bool:
    amount: Minor = round_ratio(numerator * 10 ** minor_digits(item.currency), denominator)
    return amount == item.amount


def _estimated(item: PostedItem) -> list[str]:
    if not item.estimated_days:
        return []
    return [f"{item.estimated_days} day{'s' if item.estimated_days > 1 else ''} estimated"]


@lru_cache(maxsize=4096)
def days_text(start: date, *, end: date) -> str:
    """A half-open range of days, as a client reads it.

    >>> days_text(date(2026, 6, 1), end=date(2026, 7, 1))
    '1–30 Jun 2026'
    >>> days_text(date(2026, 12, 15), end=date(2027, 1, 15))
    '15 Dec 2026 – 14 Jan 2027'
    """
    last = end - timedelta(days=1)
    if last <= start:
        return day_text(start)
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day}–{day_text(last)}"
    if start.year == last.year:
        return f"{start.day} {_MONTHS[start.month - 1]} – {day_text(last)}"
    return f"{day_text(start)} – {day_text(last)}"


def day_text(day: date) -> str:
    """A day, as a client reads it.

    >>> day_text(date(2026, 6, 9))
    '9 Jun 2026'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


@lru_cache(maxsize=65536)
def number_text(value: Micro) -> str:
    """A number of units, with a true minus sign.

    >>> number_text(-2_500_000)
    '−2.5'
    """
    return format_micro(value).replace("-", "−")


@lru_cache(maxsize=4096)
def price_text(price: Micro, *, currency: str) -> str:
    """A unit price with at least the decimals of its currency.

    >>> price_text(12_000_000, currency="EUR"), price_text(52_500, currency="EUR")
    ('12.00', '0.0525')
    >>> price_text(98_000_000, currency="JPY")
    '98'
    """
    whole, _, decimals = number_text(price).partition(".")
    decimals = decimals.ljust(minor_digits(currency), "0")
    return f"{whole}.{decimals}" if decimals else whole
