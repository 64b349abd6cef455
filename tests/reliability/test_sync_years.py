"""Years of syncs with stops, outages, double and swapped ticks: each day has one end.

The program's own clock and zones; the vendors fail for hours and days, the program stops for weeks.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from tests.support.asked import AskedAdapter, NoHttp, connect_asked
from tests.support.clocks import StillClock
from tests.support.effort import tries

from icb.foundation.models import Job
from icb.foundation.providers import provider_days, set_timezone
from icb.hub.actions import take_snapshot
from icb.hub.inputs import Answer, CountRow
from icb.hub.models import FailedSync, ProvenDay, Snapshot, Sync
from icb.hub.ports import SyncProblem, VendorUnavailable
from icb.hub.registry import registered
from icb.kernel.days import ProviderDays
from icb.operations.syncing.due import spread
from icb.operations.syncing.sync import run_sync
from icb.operations.worker import Worker

YEARS = tries("ICB_TEST_SYNC_YEARS", gate=1, night=3)
BEGINS = date(2025, 1, 1)
ENDS = date(2025 + YEARS, 4, 30)  # in the spring, when clocks have jumped once more
DAYS = [BEGINS + timedelta(days=number) for number in range((ENDS - BEGINS).days)]
STOPS, LONGEST_STOP = 5 * YEARS, 40
OUTAGES, LONGEST_OUTAGE = 14 * YEARS, 5
CATCH_UP_DAYS = 10
# Clocks jump at another hour in each; in Santiago at midnight itself.
ZONES = [
    ("Europe/Warsaw", date(2025, 1, 2)),
    ("America/Santiago", date(2026, 1, 1)),
    ("Australia/Lord_Howe", date(2027, 1, 1)),
]


class Years:
    """When the program runs and the vendors answer, and what each turn did."""

    def __init__(self, chance: random.Random, clock: StillClock) -> None:
        self.chance = chance
        self.clock = clock
        self.did: Counter[str] = Counter()
        self.stopped = self._stretches(STOPS, LONGEST_STOP)
        self.away = self._stretches(OUTAGES, LONGEST_OUTAGE)
        self.adapters = [AskedAdapter("present"), AskedAdapter("history", history=True)]
        self.turns: list[tuple[datetime, bool]] = []  # when, and whether the vendors answered
        self.sent: set[date] = set()
        self.worker = Worker(by_kind={"sync": run_sync})

    def _stretches(self, number: int, longest: int) -> set[date]:
        lengths = [longest, *(self.chance.randint(1, longest) for _ in range(number - 1))]
        found = set[date]()
        for length in lengths:
            first = self.chance.choice(DAYS)
            found |= {first + timedelta(days=more) for more in range(length)}
        return found - {ENDS - timedelta(days=more) for more in range(3)}

    def live(self) -> None:
        for day in DAYS:
            if day in self.stopped:
                self.did["days stopped"] += 1
                continue
            minutes = self.chance.sample(range(24 * 60), k=self.chance.randint(1, 2))
            instants = [
                datetime.combine(day, time(), UTC) + timedelta(minutes=minute)
                for minute in sorted(minutes)
            ]
            for instant in instants:
                self.clock.set(instant)
                self.turn(is_away=day in self.away)

    def turn(self, *, is_away: bool) -> None:
        """The scheduler and the worker, once or twice, in this order or the other."""
        if self.chance.random() < 0.05:
            self.did["restarts"] += 1
            self.worker = Worker(by_kind={"sync": run_sync})
        if self.chance.random() < 0.02:
            self.did["jobs lost"] += Job.objects.all().delete()[0]
        problem: SyncProblem | None = VendorUnavailable("away") if is_away else None
        for adapter in self.adapters:
            adapter.problem = problem
        self.turns.append((self.clock.now, not is_away))
        self.send()
        acts = [self.worker.tick, self.worker.work_off]
        if self.chance.random() < 0.2:
            self.did["swapped"] += 1
            acts.reverse()
        if self.chance.random() < 0.3:
            self.did["double ticks"] += 1
            acts = [acts[0], *acts]
        for act in [*acts, self.worker.work_off]:
            act()
        self.did["turns"] += 1

    def send(self) -> None:
        """Somebody sends the counts of yesterday, on most days and at most times."""
        yesterday = provider_days().day_of(self.clock.now) - timedelta(days=1)
        if self.chance.random() < 0.4 and yesterday not in self.sent:
            self.sent.add(yesterday)
            answer = Answer(day=yesterday, rows=[CountRow("1", "seats", 5)])
            take_snapshot("sent", answer=answer)


@pytest.fixture
def years(
    provider: object,
    clock: StillClock,
    seeded: random.Random,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Years]:
    monkeypatch.setattr(
        "icb.operations.syncing.sync.open_http", lambda description, settings: NoHttp()
    )
    monkeypatch.setattr("icb.operations.syncing.fetching._POLL_SECONDS", 0.001)
    for zone, from_day in ZONES:
        set_timezone(zone, from_day=from_day)
    lived = Years(seeded, clock)
    for key in ("present", "history"):
        connect_asked(key, adapter=key, expected_from=BEGINS, catch_up_days=CATCH_UP_DAYS)
    connect_asked("sent", adapter="files", expected_from=BEGINS)
    with registered(*lived.adapters):
        yield lived


@pytest.mark.timeout(900)
def test_every_expected_day_ends_once(years: Years) -> None:
    years.live()
    # The end: everything that can still end does.
    for number in range(CATCH_UP_DAYS + 3):
        years.clock.to_day(ENDS + timedelta(days=number), hour=20)
        years.turn(is_away=False)
    print(", ".join(f"{name} {count}" for name, count in sorted(years.did.items())))
    calendar = provider_days()
    ends = Counter[str]()
    for key in ("present", "history", "sent"):
        ends += check(key, years, calendar)
    print(", ".join(f"{name} {count}" for name, count in sorted(ends.items())))
    assert not Sync.objects.filter(state="running").exists()
    assert not Job.objects.filter(state__in=["waiting", "running"]).exists()
    assert years.did["turns"] >= 300 * YEARS
    assert years.did["days stopped"] >= 30 * YEARS
    assert min(years.did["double ticks"], years.did["swapped"], years.did["restarts"]) >= 15 * YEARS
    assert min(ends.values()) >= 15 * YEARS


def check(key: str, years: Years, calendar: ProviderDays) -> Counter[str]:
    """Each day of a connection against the turns of the program: one end, and the right one."""
    answers = Snapshot.objects.filter(connection__key=key)
    stored = Counter(answers.values_list("day", flat=True))
    attempts = Sync.objects.filter(connection__key=key)
    given_up = Counter(attempts.filter(is_final=True).values_list("day", flat=True))
    failed = Counter(FailedSync.objects.filter(connection__key=key).values_list("day", flat=True))
    proven = set(ProvenDay.objects.filter(connection__key=key).values_list("day", flat=True))
    assert max(stored.values()) == max(given_up.values()) == 1
    ends = Counter[str]()
    for day in DAYS:
        is_late = key == "sent" and stored[day] and given_up[day]
        assert stored[day] + given_up[day] == 1 or is_late, (key, day)
        assert (day in proven) == bool(stored[day])
        assert failed[day] == given_up[day], (key, day)
        can_be_had = possible(key, day, years=years, calendar=calendar)
        if stored[day]:
            assert can_be_had, (key, day)
        elif can_be_had == "surely":
            tried = list(attempts.filter(day=day).values_list("state", "code", "started_at"))
            raise AssertionError(f"{key} {day} could be asked for, and was not: {tried}")
        ends[f"{key} {'stored' if stored[day] else 'given up'}"] += 1
    return ends


def possible(key: str, day: date, *, years: Years, calendar: ProviderDays) -> str:
    """Whether the day could be had at some turn: surely, maybe (pauses after failures), or no."""
    if key == "sent":
        return "maybe" if day in years.sent else ""
    opens = calendar.at(day + timedelta(days=1), time()) + spread(key)
    ends = calendar.noon_after(day)
    if key == "history":
        ends = calendar.at(day + timedelta(days=CATCH_UP_DAYS + 1), time())
    within = [is_well for at, is_well in years.turns if opens <= at < ends]
    if any(within):
        return "surely" if all(within) else "maybe"
    # A job that waited when the program stopped still asks for a day that can be had.
    is_late = key == "history" and any(is_well for at, is_well in years.turns if at >= ends)
    return "maybe" if is_late else ""
