"""Three years of daily work with stops, double ticks and ticks in another order skip nothing."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction

import pytest
from tests.support.clocks import StillClock

from icb.billing.actions import bill
from icb.billing.posting import post_items
from icb.billing.queries import ItemRow, items
from icb.contracts.actions import add_contracts, add_services, end_contract
from icb.contracts.inputs import NewContract, NewContractService, NewService
from icb.hub.actions import connect_modules, take_snapshots
from icb.hub.inputs import Answer, CountRow, NewBillingType, NewConnection, NewModuleOrganization
from icb.invoicing.actions import issue_documents
from icb.mapping.actions import map_organization, map_service
from icb.mapping.inputs import NewServiceMapping
from icb.organizations.actions import add_organizations
from icb.organizations.inputs import NewOrganization

BEGINS, ENDS = date(2025, 1, 1), date(2027, 12, 31)
DAYS = [BEGINS + timedelta(days=number) for number in range((ENDS - BEGINS).days + 1)]
LONGEST_STOP = 40
STOPS = 14
PRICE = "7.35"
# Whole cents for a day of any month: in advance each change has a line, never rounded then.
PRICE_IN_ADVANCE = "3775.80"

# Each contract's first and last day, and how it is billed.
COVER = {
    "month": (date(2025, 1, 10), ENDS),
    "anniversary": (date(2025, 1, 31), ENDS),
    "quarter": (date(2025, 2, 14), ENDS),
    "year": (date(2025, 3, 1), ENDS),
    "ended": (BEGINS, date(2026, 5, 17)),
    "advance": (BEGINS, ENDS),
}
TERMS: dict[str, dict[str, str]] = {
    "month": {},
    "anniversary": {"anchor": "anniversary"},
    "quarter": {"period": "quarterly"},
    "year": {"period": "yearly", "anchor": "anniversary"},
    "ended": {},
    "advance": {"billing": "in_advance"},
}


class Years:
    """What a module counts on each day, when the program runs, and what it did."""

    def __init__(self, chance: random.Random, clock: StillClock) -> None:
        self.chance = chance
        self.clock = clock
        self.counts = {day: {key: chance.randrange(1, 9) for key in COVER} for day in DAYS}
        self.stopped = self._stops()
        self.synced_until = BEGINS
        self.did: Counter[str] = Counter()

    def _stops(self) -> set[date]:
        stopped = set[date]()
        lengths = [LONGEST_STOP, *(self.chance.randint(1, LONGEST_STOP) for _ in range(STOPS - 1))]
        for length in lengths:
            # The longest begins before the end of a month, so that one passes unseen as a whole.
            first = date(2026, 3, 25) if length == LONGEST_STOP else self.chance.choice(DAYS)
            stopped |= {first + timedelta(days=number) for number in range(length)}
        return stopped - {ENDS}

    def live(self) -> None:
        """Every day that it is not stopped, the program ticks once or twice."""
        for day in DAYS:
            if day in self.stopped:
                self.did["days stopped"] += 1
                continue
            self.clock.to_day(day + timedelta(days=1), hour=13)
            self.tick(day)
            if self.chance.random() < 0.2:
                self.did["double ticks"] += 1
                self.tick(day)

    def tick(self, day: date) -> None:
        """Take what was counted and bill, now and then the other way round; post, issue."""
        self.did["ticks"] += 1
        if self.chance.random() < 0.25:
            self.did["swapped ticks"] += 1
            bill()
            self.sync(day)
        else:
            self.sync(day)
            bill()
        if self.chance.random() < 0.3:
            self.did["postings"] += 1
            post_items()
            issue_documents()

    def sync(self, last: date) -> None:
        """All days that were not taken yet, up to and with the last one."""
        missing = [day for day in DAYS if self.synced_until <= day <= last]
        rows = {
            day: [CountRow(key, "seats", count) for key, count in self.counts[day].items()]
            for day in missing
        }
        answers = [Answer(day=day, rows=rows[day]) for day in missing]
        states = {receipt.state for receipt in take_snapshots("rmm", answers=answers)}
        assert states <= {"accepted"}
        self.synced_until = last + timedelta(days=1)


def agree() -> None:
    """One client per way of billing, each with its own count of seats."""
    connect_modules(
        [
            NewConnection(
                key="rmm",
                billing_types=[NewBillingType(key="seats")],
                organizations=[NewModuleOrganization(id=key) for key in COVER],
            )
        ]
    )
    add_organizations([NewOrganization(key=key, name=key.title()) for key in COVER])
    add_services([NewService(key="seat", name="Seat", price=PRICE)])
    seats = NewServiceMapping("rmm", "seats", service="seat", unit_changes="prorate_daily")
    for key, (first, last) in COVER.items():
        add_contracts(
            [
                NewContract(
                    key=key,
                    organization=key,
                    starts_on=first,
                    ends_on=last if last < ENDS else None,
                    services=[NewContractService(service="seat", price=price_of(key))],
                    **TERMS[key],
                )
            ]
        )
        map_organization("rmm", id=key, organization=key, from_day=first)
        map_service(key, mapping=seats)


@pytest.mark.usefixtures("provider")
@pytest.mark.timeout(900)
def test_every_covered_day_is_billed_once(clock: StillClock, seeded: random.Random) -> None:
    agree()
    years = Years(seeded, clock)
    years.live()
    for key, (_, last) in COVER.items():
        if last == ENDS:
            end_contract(key, ends_on=ENDS)
    clock.to_day(ENDS + timedelta(days=3))
    bill()
    post_items()
    issue_documents()
    assert (bill().made, items(drafts_only=True)) == (0, [])
    print(", ".join(f"{name} {count}" for name, count in sorted(years.did.items())))
    for key in COVER:
        check(key, years.counts)
    assert years.did["ticks"] >= 600
    assert years.did["days stopped"] >= 150
    assert min(years.did["double ticks"], years.did["swapped ticks"], years.did["postings"]) >= 80


def check(key: str, counts: dict[date, dict[str, int]]) -> None:
    """The client's items against its days: each in one period, each unit-day, each cent."""
    first, last = COVER[key]
    covered = [day for day in DAYS if first <= day <= last]
    rows = items(organization=key)
    assert {row.status for row in rows} == {"invoiced"}
    times = Counter(day for row in rows if is_first(row) for day in days_of(row))
    assert {day: times[day] for day in covered} == dict.fromkeys(covered, 1)
    assert sum(row.amount for row in rows) == sum(
        cents(key, sum(counts[day][key] for day in days if first <= day <= last), len(days))
        for days in periods(rows)
    )
    if key != "advance":  # where items are differences, and units stand in the first of them
        unit_days = sum(counts[day][key] for day in covered)
        assert sum(row.unit_days for row in rows) == unit_days * 10**6


def is_first(row: ItemRow) -> bool:
    """Whether it is what was billed for its period, before any correction."""
    return row.kind == "recurring"


def days_of(row: ItemRow) -> list[date]:
    days = (row.period_end - row.period_start).days
    return [row.period_start + timedelta(days=number) for number in range(days)]


def periods(rows: list[ItemRow]) -> list[list[date]]:
    found: dict[date, list[date]] = defaultdict(list)
    for row in rows:
        found[row.period_start] = days_of(row)
    return list(found.values())


def price_of(key: str) -> str:
    return PRICE_IN_ADVANCE if key == "advance" else PRICE


def cents(key: str, unit_days: int, days: int) -> int:
    """The amount of a period at the agreed price, rounded half up."""
    return (Fraction(price_of(key)) * 100 * unit_days / days + Fraction(1, 2)).__floor__()
