"""The daily chain: what it tells of answers, corrections, decisions and days without an answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.hub.books import june
from tests.hub.stored import organization_id, say, stand_at
from tests.operations.chain import log, mapped_module, notes, read, syncs, told

from icb.contracts.queries import contract_notes
from icb.foundation.actor import acting_as_system
from icb.foundation.models import Provider
from icb.hub import follow_actions
from icb.hub.actions import decide, decide_quarantined, record_failed_sync
from icb.hub.models import Snapshot, SnapshotToFollow
from icb.kernel.days import DayRange
from icb.mapping.models import Activity
from icb.operations import daily_chain
from icb.operations.daily_chain import follow


@pytest.fixture(autouse=True)
def module(provider: Provider, clock: object) -> Iterator[None]:
    stand_at(june(10), hour=9)
    mapped_module()
    with acting_as_system("follow"):
        yield


def test_a_change_has_a_row_and_a_note_and_a_quiet_day_neither() -> None:
    say(1, {"7": {"devices": 10}, "8": {"devices": 5}, "9": {"devices": 2}})
    say(2, {"7": {"devices": 10}, "8": {"devices": 5}, "9": {"devices": 2}})
    say(3, {"7": {"devices": 12}, "8": {"devices": 4}, "9": {"devices": 2}})
    follow()
    assert log() == [
        (1, "7 devices", None, 10, "new"),
        (3, "7 devices", 10, 12, "increased"),
        (1, "8 devices", None, 5, "new"),
        (3, "8 devices", 5, 4, "decreased"),
        (1, "9 devices", None, 2, "unmapped"),
    ]
    assert notes() == [(1, "agents", None, 15), (3, "agents", 15, 16)]
    assert contract_notes("acme-1")[0].text == "agents, 2026-06-03: units changed from 15 to 16."
    assert syncs()[:3] == [(1, "synced"), (2, "synced"), (3, "synced")]
    messages = Activity.objects.filter(status="synced").order_by("id")
    assert [row.message for row in messages] == [
        "3 counts: 3 changed, 0 as before",
        "3 counts: 0 changed, 3 as before",
        "3 counts: 2 changed, 1 as before",
    ]


def test_a_late_correction_tells_the_days_that_changed_with_the_answer_that_said_so() -> None:
    say(1, {"7": {"devices": 10}})
    say(2, {"7": {"devices": 10}})
    say(3, {"7": {"devices": 12}})
    follow()
    known, noted = len(log()), len(notes())
    say(2, {"7": {"devices": 12}})
    follow()
    assert log()[known:] == [
        (2, "7 devices", 10, 12, "increased"),
        (3, "7 devices", 12, 12, "unchanged"),
    ]
    assert notes()[noted:] == [(2, "agents", 10, 12), (3, "agents", 12, 12)]
    late = Snapshot.objects.order_by("-id")[0]
    rows = Activity.objects.filter(billing_type__isnull=False).order_by("-id")[:2]
    assert {row.snapshot_id for row in rows} == {late.pk}
    assert "corrected: it read 12 before" in rows[0].message
    assert "Corrected: it was noted as from 10 to 12." in contract_notes("acme-1")[0].text


def test_held_absent_and_returned_counts() -> None:
    say(1, {"7": {"devices": 100}, "8": {"devices": 3}})
    say(2, {"7": {"devices": 1}})
    say(3, {"7": {"devices": 101}, "8": {"devices": 3}})
    follow()
    assert log()[1:3] == [
        (2, "7 devices", 100, 100, "held"),
        (3, "7 devices", 100, 101, "increased"),
    ]
    assert log()[4:] == [(2, "8 devices", 3, 3, "absent"), (3, "8 devices", 3, 3, "returned")]
    trouble = Activity.objects.filter(is_trouble=True, billing_type__isnull=False)
    assert {row.status for row in trouble} == {"held", "absent"}
    held = trouble.get(status="held")
    assert held.message == "fall: waits for a decision, the last accepted count carries"
    assert notes() == [(1, "agents", None, 103), (3, "agents", 103, 104)]


@pytest.mark.parametrize("is_told_between", [True, False])
def test_what_a_newer_answer_leaves_out_is_told(is_told_between: bool) -> None:
    """By the newer answer alone where the log was not carried on between the two."""
    say(1, {"7": {"devices": 10}}, is_complete=False)
    if is_told_between:
        follow()
    say(1, {"8": {"devices": 3}})
    follow()
    assert [row for row in log() if row[1] == "7 devices"][-1] == (1, "7 devices", None, 10, "held")
    row = Activity.objects.get(status="held")
    assert row.snapshot_id == Snapshot.objects.order_by("-id")[0].pk
    assert "a newer answer of the day leaves it out: waits for a decision" in row.message
    whole = Activity.objects.get(status="synced")
    assert whole.message == "1 counts: 1 changed, 0 as before; 1 no longer there"
    decide([organization_id("7")], from_day=june(1), decision="accept")
    follow()
    assert told(june(1), june(10)) == read(june(1), june(10))
    assert log()[-1][1:] == ("7 devices", None, None, "unchanged")


@pytest.mark.parametrize("decision", ["accept", "reject"])
def test_an_answered_hold_is_told(decision: str) -> None:
    say(1, {"7": {"devices": 100}})
    say(2, {"7": {"devices": 1}})
    follow()
    decide([organization_id("7")], from_day=june(2), decision=decision)
    follow()
    expected = {"accept": (100, 1, "decreased"), "reject": (100, 100, "unchanged")}[decision]
    assert log()[-1] == (2, "7 devices", *expected)
    assert (notes()[-1] == (2, "agents", 100, 1)) is (decision == "accept")


def test_a_departure_and_its_end_without_another_count() -> None:
    say(1, {"7": {"devices": 10}, "8": {"devices": 5}})
    follow()
    decide([organization_id("7")], from_day=june(2), decision="departed")
    follow()
    assert log()[-1] == (2, "7 devices", 10, None, "departed")
    assert notes()[-1] == (2, "agents", 15, 5)
    # The same count as before the departure is no change point, and still ends it.
    say(3, {"7": {"devices": 10}, "8": {"devices": 5}})
    follow()
    assert log()[-1] == (3, "7 devices", None, 10, "returned")
    assert notes()[-1] == (3, "agents", 5, 15)
    assert told(june(1), june(10)) == read(june(1), june(10))


def test_a_later_answer_that_takes_a_change_back_is_told() -> None:
    say(1, {"7": {"devices": 10}})
    say(2, {"7": {"devices": 12}})
    follow()
    say(2, {"7": {"devices": 10}})
    follow()
    assert log()[-1] == (2, "7 devices", 10, 10, "unchanged")
    assert notes()[-1] == (2, "agents", 10, 10)


def test_failed_refused_quarantined_and_missing_days_have_a_row() -> None:
    say(1, {"7": {"devices": 10}})
    say(2, {})
    say(3, {"7": {"devices": "many"}})
    record_failed_sync("rmm", days=DayRange(june(4), june(6)), reason="no connection")
    stand_at(june(8), hour=9)
    follow()
    assert syncs() == [
        (1, "synced"),
        (2, "quarantined"),
        (3, "refused"),
        (4, "failed"),
        (5, "failed"),
        (6, "missing"),
    ]
    # The answer for 7 June is awaited until noon.
    stand_at(june(8), hour=13)
    follow()
    assert syncs()[-1] == (7, "missing")
    assert len(syncs()) == 7
    assert all(row.is_trouble for row in Activity.objects.exclude(status__in=["synced", "new"]))
    decide_quarantined("rmm", from_day=june(2), decision="accept")
    follow()
    assert syncs()[-1] == (2, "synced")


def test_days_are_missing_from_the_first_expected_one_on_and_only_once() -> None:
    follow()
    assert syncs() == []
    from icb.hub.models import ModuleConnection

    ModuleConnection.objects.update(expected_from=june(7))
    follow()
    follow()
    assert syncs() == [(7, "missing"), (8, "missing")]
    ModuleConnection.objects.update(is_enabled=False)
    stand_at(june(20), hour=13)
    follow()
    assert len(syncs()) == 2


def test_a_chunk_costs_the_same_number_of_statements_whatever_its_size() -> None:
    costs = []
    for day, size in ((1, 2), (2, 3), (3, 400)):
        counts = {str(number): {"devices": day, "users": 7} for number in range(size)}
        say(day, {"7": {"devices": day}, **counts})
        with CaptureQueriesContext(connection) as captured:
            follow()
        costs.append(len(captured))
    assert costs[1] == costs[2]


def test_a_chunk_that_fails_is_followed_whole_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(daily_chain, "MARKS_PER_CHUNK", 1)
    for day in (1, 2, 3):
        say(day, {"7": {"devices": 10 + day}})
    calls = iter([True, False])
    real = follow_actions.drop_followed

    def fails_once(marks: list[int]) -> None:
        if not next(calls, True):
            raise OSError("the power is gone")
        real(marks)

    monkeypatch.setattr(daily_chain, "drop_followed", fails_once)
    with pytest.raises(OSError, match="power"):
        follow()
    assert SnapshotToFollow.objects.count() == 2
    follow()
    assert not SnapshotToFollow.objects.exists()
    assert [row[0] for row in syncs() if row[1] == "synced"] == [1, 2, 3]
    assert told(june(1), june(10)) == read(june(1), june(10))


def test_an_answer_for_tomorrow_waits_for_its_day() -> None:
    stand_at(june(3), hour=9)
    say(3, {"7": {"devices": 1}})
    say(4, {"7": {"devices": 2}})
    follow()
    assert [row[0] for row in log()] == [3]
    stand_at(june(4), hour=9)
    follow()
    assert [row[0] for row in log()] == [3, 4]
    assert told(june(3), date(2026, 6, 4)) == read(june(3), date(2026, 6, 4))
