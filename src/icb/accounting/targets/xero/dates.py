"""Days as Xero writes them: /Date(milliseconds+0000)/, at midnight UTC of the day meant."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_DATE = re.compile(r"/Date\((-?[0-9]{1,15})(?:[+-][0-9]{4})?\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day_of(text: str) -> date | None:
    """The day that a text names, in Xero's form or ISO 8601; None where it names none."""
    match = _DATE.fullmatch(text)
    try:
        if match:
            return (_EPOCH + timedelta(milliseconds=int(match[1]))).date()
        return date.fromisoformat(text[:10])
    except (ValueError, OverflowError):
        return None
