"""Late and corrected counts, prices and postings come to the same money in any order.

What is right is computed here, day by day and in fractions, from what finally holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import partial
from itertools import permutations
from typing import NamedTuple

import pytest
from django.db.transaction import atomic, set_rollback
from tests.support import story

from icb.billing.actions import bill
from icb.billing.posting import post_items, unpost_item
from icb.billing.queries import items
from icb.contracts.actions import set_price
from icb.hub.actions import take_snapshot
from icb.hub.inputs import Answer, CountRow

DAYS = [story.day(f"05-{number:02}") for number in range(1, 32)]
AT_FIRST = 10
# By what stands already: it holds, something newer does, or it says nothing new.
STATES = ("accepted", "superseded", "duplicate")
MUST_TRY = 300


@dataclass(frozen=True)
class Revision:
    """The module says again what it counted on a day of May; the highest stamp holds."""

    day: str
    seats: int
    stamp: int

    def happen(self) -> None:
        rows = [CountRow("7", "seats", self.seats)]
        answer = Answer(day=story.day(self.day), rows=rows, stamp=self.stamp)
        assert take_snapshot("rmm", answer=answer).state in STATES


@dataclass(frozen=True)
class Price:
    """Another price from a day on."""

    day: str
    price: str

    def happen(self) -> None:
        set_price("acme", service="seat", price=self.price, from_day=story.day(self.day))


@dataclass(frozen=True)
class Post:
    """What is known is billed and posted."""

    def happen(self) -> None:
        bill()
        post_items()


@dataclass(frozen=True)
class TakeBack:
    """The newest posted item is taken back, where there is one."""

    def happen(self) -> None:
        posted = [row.id for row in items() if row.status == "posted"]
        if posted:
            unpost_item(max(posted), reason="too early")


Event = Revision | Price | Post | TakeBack


class Case(NamedTuple):
    """What happens, in all orders, to a contract of this price and way of billing."""

    price: str
    billing: str
    events: tuple[Event, ...]


CASES = {
    "four revisions of a day": Case(
        "2.00",
        "in_arrears",
        (
            Revision("05-20", 14, 1),
            Revision("05-20", 9, 2),
            Revision("05-20", 10, 3),
            Revision("05-20", 13, 4),
            Post(),
        ),
    ),
    "two days, a price and two postings": Case(
        "2.00",
        "in_arrears",
        (
            Revision("05-03", 11, 1),
            Revision("05-28", 7, 1),
            Price("05-11", "3.35"),
            Post(),
            Post(),
        ),
    ),
    "an item taken back": Case(
        "2.00",
        "in_arrears",
        (Revision("05-31", 15, 1), Price("05-05", "1.99"), TakeBack(), Post(), Post()),
    ),
    # A dollar a day: in advance each change has a line, which is then never rounded.
    "in advance": Case(
        "31.00",
        "in_advance",
        (
            Revision("05-01", 12, 1),
            Revision("05-01", 9, 2),
            Revision("05-17", 11, 1),
            Post(),
            Post(),
        ),
    ),
}
tried: list[str] = []


@pytest.mark.usefixtures("provider", "clock")
@pytest.mark.parametrize("name", CASES)
def test_every_order_comes_to_the_same_money(name: str) -> None:
    case = CASES[name]
    story.at("05-01")
    story.connect("7")
    story.sell(case.price)
    story.agree("acme", billing=case.billing)
    story.map_all("acme", "7")
    story.receive("05-01", "05-31", {"7": AT_FIRST})
    story.at("06-01")
    expected = cents(case)
    for order in sorted(set(permutations(case.events)), key=str):
        found = undone(partial(total, order))
        assert found == expected, order
        tried.append(name)
    print(f"{name}: {tried.count(name)} orders, each {expected} cents")


@pytest.mark.usefixtures("template")
def test_there_were_orders_enough() -> None:
    print(f"{len(tried)} orders")
    assert len(tried) >= MUST_TRY


def undone(act: Callable[[], int]) -> int:
    """What the act gives; whatever it stored is gone afterwards."""
    with atomic():
        try:
            return act()
        finally:
            set_rollback(True)


def total(order: Iterable[Event]) -> int:
    """Let it all happen, bill and post once more: the cents of May that are posted."""
    for event in order:
        event.happen()
    Post().happen()
    rows = items()
    assert {row.status for row in rows} == {"posted"}
    return sum(row.amount for row in rows if row.period_start == DAYS[0])


def cents(case: Case) -> int:
    """What May costs, by what finally holds: each stretch of one price is rounded by itself."""
    counts = counted([event for event in case.events if isinstance(event, Revision)])
    changes = [event for event in case.events if isinstance(event, Price)]
    first, later = Fraction(case.price), DAYS[-1]
    stretches = [(first, [day for day in DAYS if not changes or day < story.day(changes[0].day)])]
    stretches += [
        (Fraction(change.price), [day for day in DAYS if story.day(change.day) <= day <= later])
        for change in changes
    ]
    return sum(half_up(stretch(price, days, counts)) for price, days in stretches)


def counted(revisions: Sequence[Revision]) -> Mapping[date, int]:
    counts = dict.fromkeys(DAYS, AT_FIRST)
    for revision in sorted(revisions, key=lambda each: each.stamp):
        counts[story.day(revision.day)] = revision.seats
    return counts


def stretch(price: Fraction, days: Sequence[date], counts: Mapping[date, int]) -> Fraction:
    """The days at one price: each is a part of the month."""
    return sum((price * 100 * counts[day] / len(DAYS) for day in days), Fraction(0))


def half_up(value: Fraction) -> int:
    return (value + Fraction(1, 2)).__floor__()
