"""A billing item in words: what it bills, and how the amount comes about."""

from __future__ import annotations

import json

from icb.kernel.money import Minor, format_minor
from icb.rating.explain import explain
from icb.rating.line import Working


def explain_item(working: str, *, currency: str, reason: str = "") -> list[str]:
    """The lines that explain an item, from its stored working alone.

    A correction says what the line should be, what was posted or waived of it, and the rest.
    """
    return _lines(json.loads(working), currency=currency, reason=reason)


def _lines(working: Working, *, currency: str, reason: str) -> list[str]:
    rule = working.get("rule")
    if rule == "manual":
        return [f"Added by hand: {reason}"]
    if rule != "correction":
        return explain(working, currency=currency)
    inner = working["working"]
    found = explain(inner, currency=currency) if inner else ["Nothing is to be billed any more."]
    found.append(f"Should be {_amount(working['wanted'], currency)}")
    if working["posted"]:
        found.append(f"less {_amount(working['posted'], currency)} posted before")
    if working["waived"]:
        found.append(f"less {_amount(working['waived'], currency)} waived")
    found.append(f"= {_amount(working['amount'], currency)}")
    return found


def _amount(amount: Minor, currency: str) -> str:
    return f"{format_minor(amount, currency)} {currency}"
