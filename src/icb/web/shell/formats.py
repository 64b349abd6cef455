"""Numbers, amounts and days as the person reads them; exact, whatever the locale.

The locale is the person's own; without one, days stand as 2026-11-23 and numbers as 1,234.50.
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import numberformat
from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _

from icb.foundation.providers import provider_days
from icb.kernel.currency import MINOR_DIGITS
from icb.kernel.money import Minor, format_minor
from icb.kernel.quantity import format_micro

LOCALES = {
    "": "2026-11-23 · 1,234.50",
    "en-us": "11/23/2026 · 1,234.50",
    "en-gb": "23/11/2026 · 1,234.50",
    "de": "23.11.2026 · 1.234,50",
    "fr": "23/11/2026 · 1 234,50",
    "nl": "23-11-2026 · 1.234,50",
    "es": "23/11/2026 · 1.234,50",
    "it": "23/11/2026 · 1.234,50",
    "pt": "23/11/2026 · 1.234,50",
    "sv": "2026-11-23 · 1 234,50",
    "pl": "23.11.2026 · 1 234,50",
}
_DATES = {
    "en-us": "m/d/Y",
    "en-gb": "d/m/Y",
    "de": "d.m.Y",
    "fr": "d/m/Y",
    "nl": "d-m-Y",
    "es": "d/m/Y",
    "it": "d/m/Y",
    "pt": "d/m/Y",
    "sv": "Y-m-d",
    "pl": "d.m.Y",
}
_locale: ContextVar[str] = ContextVar("icb_locale", default="")


def use_locale(name: str) -> None:
    """Format for this locale from here on in this request; an unknown one is as none."""
    _locale.set(name if name in LOCALES else "")


def number(value: Decimal | int | str | None) -> str:
    """A quantity or price with all its decimals and thousands apart."""
    return "" if value is None else _grouped(_plain(value))


def amount(value: Decimal | None, *, currency: str) -> str:
    """An amount in major units with the decimals of its currency, without the currency."""
    if value is None:
        return ""
    digits = MINOR_DIGITS.get(currency, 2)
    return _grouped(f"{value:.{digits}f}")


def price(value: Decimal | None, *, currency: str) -> str:
    """A price with all its decimals, and at least those of its currency: 3.40, 0.085."""
    if value is None:
        return ""
    whole, _point, decimals = _plain(value).partition(".")
    decimals = decimals.ljust(MINOR_DIGITS.get(currency, 2), "0")
    return _grouped(f"{whole}.{decimals}" if decimals else whole)


def minor(value: Minor | None, *, currency: str) -> str:
    """An amount in minor units (12840 USD) as "128.40"."""
    return "" if value is None else _grouped(format_minor(value, currency))


def plain_amount(value: str) -> str:
    """An amount that is plain text already ("1234.50"), thousands apart."""
    return _grouped(value)


def micro(value: int | None) -> str:
    """Millionths of a unit (14500000) as "14.5"."""
    return "" if value is None else _grouped(format_micro(value))


def day(value: date | None) -> str:
    """A day in the person's locale."""
    if value is None:
        return ""
    wanted = _DATES.get(_locale.get())
    return date_format(value, wanted) if wanted else value.isoformat()


def moment(value: datetime | None) -> str:
    """An instant as the provider's clock showed it."""
    if value is None:
        return ""
    local = provider_days().local(value)
    return f"{day(local.date())} {local:%H:%M}"


def yes_no(value: object) -> str:
    """Yes, or nothing: a column of noes says less than an empty one."""
    return _("Yes") if value else ""


def text(value: Any) -> str:
    """Any plain value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return yes_no(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Decimal | int):
        return number(value)
    return str(value)


def _plain(value: Decimal | int | str) -> str:
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return str(value)


def _grouped(plain: str) -> str:
    locale = _locale.get() or "en-us"
    lang = "en" if locale.startswith("en") else locale
    return numberformat.format(
        plain,
        get_format("DECIMAL_SEPARATOR", lang, use_l10n=True),
        grouping=3,
        thousand_sep=get_format("THOUSAND_SEPARATOR", lang, use_l10n=True),
        force_grouping=True,
    )
