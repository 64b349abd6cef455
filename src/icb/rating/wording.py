"""The words and figures explanations are made of: days, units, exact amounts."""

from datetime import date

from icb.kernel.currency import minor_digits
from icb.kernel.days import ONE_DAY
from icb.kernel.quantity import MICRO, Micro, format_micro
from icb.rating.proration import EXACT_DIGITS

ShownRun = list[object]

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_EXACT = 10**EXACT_DIGITS
_SHOWN_DIGITS = 6


def rounded_text(exact: int, *, denominator: int, currency: str) -> str:
    """The exact ratio before its rounding, in major units; dots where more digits follow."""
    scaled, rest = divmod(abs(exact) * 10**_SHOWN_DIGITS, denominator * _EXACT)
    whole, fraction = divmod(scaled, 10**_SHOWN_DIGITS)
    sign = "-" if exact < 0 else ""
    to = {0: "whole units", 2: "cents"}.get(minor_digits(currency), "the minor unit")
    return f"exact {sign}{whole}.{fraction:06d}{'...' if rest else ''}, rounded half up to {to}"


def money_text(exact: int, *, currency: str) -> str:
    """An exact amount (10^-12) without needless zeros, but with the currency's decimals."""
    digits = minor_digits(currency)
    whole, fraction = divmod(abs(exact), _EXACT)
    text = f"{fraction:0{EXACT_DIGITS}d}".rstrip("0").ljust(digits, "0")
    return f"{'-' if exact < 0 else ''}{whole}{'.' if text else ''}{text}"


def joined(runs: list[ShownRun]) -> list[ShownRun]:
    """Runs without a gap between them as one, whatever their units."""
    found: list[ShownRun] = []
    for run in runs:
        if found and found[-1][1] == run[0]:
            found[-1] = [found[-1][0], *run[1:]]
        else:
            found.append(run)
    return found


def units_text(units: Micro) -> str:
    """A quantity with its noun."""
    return f"{format_micro(units)} {'unit' if units == MICRO else 'units'}"


def plural(number: int, *, noun: str) -> str:
    """A number with its noun, in the plural where it is not 1."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def days_between(start: str, *, end: str) -> int:
    """How many days a half-open range of ISO dates has."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


def span(start: object, *, end: object) -> str:
    """A half-open range of ISO dates as its first and last day."""
    first, last = day_text(start), day_text((date.fromisoformat(str(end)) - ONE_DAY).isoformat())
    return first if first == last else f"{first} - {last}"


def day_text(day: object) -> str:
    """An ISO date as day and month."""
    found = date.fromisoformat(str(day))
    return f"{found.day} {_MONTHS[found.month - 1]}"
