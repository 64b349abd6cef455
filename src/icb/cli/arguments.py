"""Reads what people type after a command: days, ranges of days, item numbers."""

from __future__ import annotations

from datetime import date

from icb.kernel.errors import InvalidInput


def day(text: str, *, field: str) -> date:
    """The day in ISO form that was typed; InvalidInput, naming the option, for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            field=field,
            value=text,
            message=f"{field}: {text!r} is not a day. Nothing was done. Write it as "
            "year-month-day, such as 2026-01-31.",
        ) from None


def optional_day(text: str, *, field: str) -> date | None:
    """The day that was typed, None where nothing was."""
    return day(text, field=field) if text else None


def month_or_days(text: str, *, field: str) -> tuple[date, date]:
    """First and last day of "2026-01", of "2026-01-05..2026-02-03" or of a single day."""
    first, dots, last = text.partition("..")
    if dots:
        return day(first, field=field), day(last, field=field)
    if text.count("-") == 1:
        return _month(day(f"{text}-01", field=field))
    return day(text, field=field), day(text, field=field)


def _month(first: date) -> tuple[date, date]:
    year, month = divmod(first.year * 12 + first.month, 12)
    return first, date.fromordinal(date(year, month + 1, 1).toordinal() - 1)
