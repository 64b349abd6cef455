"""How long ago something was due: the classes of an aging report."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

NOT_DUE, CREDIT = "not_due", "credit"
_LAST_DAYS = ((30, "1_30"), (60, "31_60"), (90, "61_90"))
CLASSES = (NOT_DUE, "1_30", "31_60", "61_90", "over_90", CREDIT)
"""Not due yet, due for so many days, and what is left of payments and credit notes (below 0)."""


class OpenSum(NamedTuple):
    """What is open of all that is due on a day; without a day it is credit."""

    due_on: date | None
    amount: int


def class_of(due_on: date | None, *, as_of: date) -> str:
    """The class of what is due on a day, as of another: on its due day it is not overdue yet."""
    if due_on is None:
        return CREDIT
    days = (as_of - due_on).days
    if days <= 0:
        return NOT_DUE
    return next((name for last, name in _LAST_DAYS if days <= last), CLASSES[4])


def aged(sums: Iterable[OpenSum], *, as_of: date) -> dict[str, int]:
    """The amount of each class, in the order of CLASSES; together they are the balance."""
    found = dict.fromkeys(CLASSES, 0)
    for one in sums:
        found[class_of(one.due_on, as_of=as_of)] += one.amount
    return found
