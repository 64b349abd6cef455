"""What a line says to the client: the service, the days and, where it holds, the arithmetic.

Written in the language of the document. Words and dates are the same on every machine: nothing
here asks the locale or the clock.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from icb.invoicing.consolidate import PostedItem
from icb.invoicing.wording import Wording, wording
from icb.kernel.currency import minor_digits
from icb.kernel.money import Minor
from icb.kernel.quantity import MICRO, Micro, format_micro
from icb.kernel.rounding import round_ratio

SEPARATOR = " · "
_LANGUAGE = "en"


class Description(NamedTuple):
    """A line's title (the service, or the reason of a manual item) and its smaller print."""

    title: str
    detail: str

    def __str__(self) -> str:
        return SEPARATOR.join(part for part in self if part)


def describe(item: PostedItem, *, language: str = _LANGUAGE) -> Description:
    """The description of an item's line.

    The arithmetic stands there only where it gives the amount exactly as printed; where minimum,
    included units, tiers or packages decide, only the units do, and the line's working says more.
    """
    return Description(_title(item), SEPARATOR.join(_detail(item, language)))


def _title(item: PostedItem) -> str:
    if item.kind == "manual":
        return item.reason
    return item.service_name or item.contract_name or item.contract


def _detail(item: PostedItem, language: str) -> list[str]:
    said = wording(language)
    period = days_text(item.period_start, end=item.period_end, language=language)
    later = item.effective_on > item.period_start
    from_day = [said.say("from_day", day=said.day(item.effective_on))] if later else []
    if item.kind == "manual":
        return [item.service_name] if item.service_name else []
    if item.kind == "discount":
        return [said.say("discount"), period, *from_day]
    if item.kind == "minimum":
        return [said.say("minimum"), period]
    counted = [_quantity(item, language), *_estimated(item, said)]
    if item.kind == "adjustment":
        changed = days_text(item.effective_on, end=item.period_end, language=language)
        return [said.say("adjustment"), changed, *counted]
    correction = [said.say("correction")] if item.kind == "correction" else []
    return [*correction, period, *from_day, *counted]


def _quantity(item: PostedItem, language: str) -> str:
    """Units or unit-days, with price and days where these give the amount."""
    units, unit_days, price, days = item.units, item.unit_days, item.unit_price, item.days_in_period
    said = wording(language)
    if price is not None:
        shown = price_text(price, currency=item.currency, language=language)
        of_days = said.say("count_of_days", days=str(days))
        if unit_days in (0, units, units * days) and _gives(item, units * price, MICRO * MICRO):
            return f"{number_text(units, language=language)} × {shown}"
        if unit_days and _gives(item, unit_days * price, MICRO * MICRO * days):
            return f"{_unit_days(unit_days, language)} × {shown} / {of_days}"
        left = (item.period_end - item.effective_on).days
        if not unit_days and _gives(item, units * price * left, MICRO * MICRO * days):
            return f"{number_text(units, language=language)} × {shown} × {left} / {of_days}"
    return units_text(units, unit_days=unit_days, language=language)


def units_text(units: Micro, *, unit_days: Micro, language: str) -> str:
    """What a line counts: unit-days where it has them, else units."""
    if unit_days:
        return _unit_days(unit_days, language)
    key = "one_unit" if abs(units) == MICRO else "many_units"
    return wording(language).say(key, units=number_text(units, language=language))


def _unit_days(unit_days: Micro, language: str) -> str:
    return wording(language).say("unit_days", units=number_text(unit_days, language=language))


def _gives(item: PostedItem, numerator: int, denominator: int) -> bool:
    amount: Minor = round_ratio(numerator * 10 ** minor_digits(item.currency), denominator)
    return amount == item.amount


def _estimated(item: PostedItem, said: Wording) -> list[str]:
    days = item.estimated_days
    if not days:
        return []
    key = "one_day_estimated" if days == 1 else "days_estimated"
    return [said.say(key, days=str(days))]


@lru_cache(maxsize=4096)
def days_text(start: date, *, end: date, language: str = _LANGUAGE) -> str:
    """A half-open range of days, as a client reads it.

    >>> days_text(date(2026, 6, 1), end=date(2026, 7, 1))
    '1–30 Jun 2026'
    >>> days_text(date(2026, 12, 15), end=date(2027, 1, 15))
    '15 Dec 2026 – 14 Jan 2027'
    >>> days_text(date(2026, 6, 1), end=date(2026, 7, 1), language="de")
    '1.–30. Juni 2026'
    """
    return wording(language).days(start, end=end)


@lru_cache(maxsize=65536)
def number_text(value: Micro, *, language: str = _LANGUAGE) -> str:
    """A number of units, with a true minus sign.

    >>> number_text(-2_500_000)
    '−2.5'
    """
    return wording(language).number(format_micro(value))


@lru_cache(maxsize=4096)
def price_text(price: Micro, *, currency: str, language: str = _LANGUAGE) -> str:
    """A unit price with at least the decimals of its currency.

    >>> price_text(12_000_000, currency="EUR"), price_text(52_500, currency="EUR")
    ('12.00', '0.0525')
    >>> price_text(98_000_000, currency="JPY")
    '98'
    """
    whole, _, decimals = format_micro(price).partition(".")
    decimals = decimals.ljust(minor_digits(currency), "0")
    return wording(language).number(f"{whole}.{decimals}" if decimals else whole)
