"""What a vendor's status means for a sync, and what the person who reads of it does about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from icb.hub.ports import (
    AccessRefused,
    CredentialsRefused,
    SyncProblem,
    Throttled,
    UnexpectedAnswer,
    VendorUnavailable,
)
from icb.kernel import clock

LONGEST_WAIT = 24 * 60 * 60
"""Seconds: what a vendor asks for beyond a day is taken as a day."""
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_AGAIN = "It is tried again by itself."


def is_worth_retrying(status: int) -> bool:
    """Whether the same request may well succeed a little later."""
    return status in _PASSING


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Seconds that the vendor asks to wait: a number, or a date; None where it names none."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,12}", text):
        return min(int(text), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    seconds = int((at - clock.now()).total_seconds())
    return min(max(seconds, 0), LONGEST_WAIT)


def problem_of(status: int, *, headers: Mapping[str, str], name: str) -> SyncProblem:
    """The problem that a status other than 200 to 299 is. `name` is the module's."""
    wait = retry_after(headers)
    if status == 401:
        return CredentialsRefused(
            f"{name} does not accept the credentials (status 401). Nothing was stored. Enter "
            "them anew; they may have run out or been replaced."
        )
    if status == 429 or (status == 403 and wait is not None):
        pause = f" in {wait:,} seconds" if wait else ""
        return Throttled(
            f"{name} asks to come back later{pause} (status {status}). Nothing was stored. "
            f"{_AGAIN} If this happens each day, give the module credentials that nothing else "
            "uses.",
            retry_after=wait,
        )
    if status == 403:
        return AccessRefused(
            f"{name} accepts the credentials, but they may not read this (status 403). Nothing "
            "was stored. Give them the rights that the module's set-up steps name."
        )
    if status >= 500 or status in _PASSING:
        return VendorUnavailable(
            f"{name} failed on its own side (status {status}). Nothing was stored. {_AGAIN} If it "
            "stays so, see whether the vendor reports an outage.",
            retry_after=wait,
        )
    if 300 <= status < 400:
        return UnexpectedAnswer(
            f"{name} sent us to another address (status {status}), which is never followed. "
            "Nothing was stored. Check the address in the settings."
        )
    return UnexpectedAnswer(
        f"{name} does not take the request (status {status}). Nothing was stored. Check the "
        "settings that are part of it; if they are right, the vendor has changed its interface."
    )
