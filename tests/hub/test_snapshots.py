"""Answers, events and failed syncs, as they are stored and read again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.hub.books import june, rows
from tests.hub.stored import (
    at_night_after,
    connect,
    key_id,
    organization_id,
    reads,
    say,
    stand_at,
)

from icb.foundation.actor import acting_as_system
from icb.foundation.models import Provider
from icb.foundation.providers import set_timezone
from icb.hub.actions import (
    connect_modules,
    decide,
    record_failed_sync,
    take_event,
    take_snapshots,
)
from icb.hub.inputs import Answer, CountRow, NewBillingType, NewConnection
from icb.hub.models import (
    BillingType,
    Count,
    CountKey,
    CountMark,
    ModuleOrganization,
    ProvenDay,
    QuarantinedRows,
    Snapshot,
)
from icb.hub.queries import counted_ranges, first_true_days, snapshots
from icb.kernel.days import DayRange
from icb.kernel.errors import InvalidInput, NotFound


@pytest.fixture(autouse=True)
def module(provider: Provider, clock: object) -> Iterator[None]:
    stand_at(june(30), hour=13)
    connect()
    yield


def seven(units: object) -> dict[str, dict[str, object]]:
    return {"7": {"devices": units}}


def test_a_quiet_day_costs_a_snapshot_a_proven_day_and_a_mark() -> None:
    say(1, seven(10))
    counts = Count.objects.count()
    say(2, seven(10))
    assert Count.objects.count() == counts
    assert (Snapshot.objects.count(), ProvenDay.objects.count()) == (2, 2)


def test_a_refused_answer_is_recorded_and_its_rows_are_not() -> None:
    receipt = say(1, {"7": {"devices": 3}, "8": {"devices": -1}})
    assert (receipt.state, receipt.revision, receipt.stored) == ("refused", 1, 0)
    assert Snapshot.objects.get().reason.startswith("row 2 (8, devices): -1 is negative")
    assert not Count.objects.exists() and not ModuleOrganization.objects.exists()
    assert not ProvenDay.objects.exists() and not CountMark.objects.exists()


def test_unknown_types_and_organizations_are_kept_and_never_dropped() -> None:
    say(1, {"7": {"devices": 3, "storage": Decimal("1.5"), "is on": True}})
    kinds = {t.key: (t.is_known, t.value) for t in BillingType.objects.all()}
    assert kinds["devices"] == (True, "whole")
    assert kinds["storage"] == (False, "decimal")
    assert kinds["is on"] == (False, "whole")
    assert ModuleOrganization.objects.get().external_id == "7"
    assert reads(1, 1, billing_type="is on") == [(1, 1, 1, "counted", "")]


def test_a_quarantined_answer_keeps_its_rows_and_changes_nothing() -> None:
    say(1, seven(10))
    receipt = say(2, {})
    assert receipt.state == "quarantined"
    assert QuarantinedRows.objects.count() == 1
    assert not ProvenDay.objects.filter(day=june(2)).exists()
    twice = [CountRow("7", "devices", 1), CountRow("7", "devices", 2)]
    state = take_snapshots("rmm", answers=[Answer(day=june(3), rows=twice)])[0].state
    assert state == "quarantined"


def test_answers_are_listed_with_what_became_of_them() -> None:
    say(1, seven(10))
    say(1, seven(10))
    say(1, seven(11), stamp=4)
    say(1, seven(12), stamp=3)
    say(2, seven(-1))
    assert [(row.state, row.revision, row.rows) for row in snapshots("rmm")] == [
        ("accepted", 1, 1),
        ("duplicate", 2, 0),
        ("accepted", 3, 1),
        ("superseded", 4, 0),
        ("refused", 1, 0),
    ]


def test_a_replaced_count_stays_as_evidence() -> None:
    say(1, seven(10))
    say(1, seven(12))
    replaced = Count.objects.get(replaced_at__isnull=False)
    newer = Count.objects.get(replaced_at=None)
    assert (replaced.value, newer.value) == (10, 12)
    assert replaced.replaced_by_id == newer.snapshot_id


def test_two_revisions_of_a_day_in_one_go_leave_both_behind() -> None:
    answers = [Answer(day=june(1), rows=rows(seven(units))) for units in (10, 12)]
    assert [r.revision for r in take_snapshots("rmm", answers=answers)] == [1, 2]
    assert Count.objects.count() == 2


def test_an_event_counts_for_its_own_key_on_the_local_day() -> None:
    with acting_as_system("test"):
        set_timezone("America/New_York", from_day=june(3))
    say(4, {"7": {"devices": 10}, "8": {"devices": 1}})
    at = datetime(2026, 6, 6, 3, tzinfo=UTC)  # still 5 June in New York
    assert (
        take_event("rmm", organization="7", billing_type="devices", count=11, at=at).state
        == "accepted"
    )
    assert reads(4, 5) == [(4, 4, 10, "counted", ""), (5, 5, 11, "counted", "")]
    assert reads(4, 5, organization="8")[1] == (5, 5, 1, "held", "gap")
    again = take_event("rmm", organization="7", billing_type="devices", count=11, at=at)
    assert again.state == "duplicate"


def test_a_later_complete_answer_replaces_an_event() -> None:
    at = datetime(2026, 6, 5, 12, tzinfo=UTC)
    take_event("rmm", organization="7", billing_type="devices", count=11, at=at)
    say(5, seven(12))
    assert reads(5, 5) == [(5, 5, 12, "counted", "")]


def test_a_day_waits_until_noon_or_until_its_sync_has_failed() -> None:
    say(1, seven(10))
    at_night_after(2)
    assert reads(1, 9) == [(1, 1, 10, "counted", ""), (2, 3, 10, "waiting", "")]
    record_failed_sync("rmm", days=DayRange(june(2), june(3)), reason="no connection")
    assert reads(1, 9)[1:] == [(2, 2, 10, "carried", ""), (3, 3, 10, "waiting", "")]
    stand_at(june(3), hour=12)
    assert reads(1, 9)[1:] == [(2, 2, 10, "carried", ""), (3, 3, 10, "waiting", "")]


def test_the_gap_is_measured_across_both_ends_of_the_window() -> None:
    say(1, seven(10))
    say(8, seven(10))
    assert reads(4, 5) == [(4, 5, 10, "held", "gap")]
    say(5, seven(10))
    assert reads(4, 5) == [(4, 4, 10, "carried", ""), (5, 5, 10, "counted", "")]


def test_marks_reach_back_to_the_open_days_before_the_answer() -> None:
    say(1, seven(10))
    CountMark.objects.all().delete()
    say(5, seven(11))
    assert [mark.from_day for mark in CountMark.objects.all()] == [june(2)]
    CountMark.objects.all().delete()
    say(5, seven(11))
    assert not CountMark.objects.exists()


def test_the_first_counted_day_moves_with_late_and_corrected_answers() -> None:
    say(5, seven(10))
    say(3, {"7": {"devices": 9}, "8": {"devices": 1}})
    assert CountKey.objects.get(pk=key_id()).first_counted_on == june(3)
    assert ModuleOrganization.objects.get(external_id="7").first_seen_on == june(3)
    # The answer that leaves 7 out does not take the 3rd back: a person does.
    say(3, {"8": {"devices": 1}})
    assert CountKey.objects.get(pk=key_id()).first_counted_on == june(3)
    assert reads(1, 5)[0] == (3, 3, 9, "held", "absent")
    decide([organization_id()], from_day=june(3), decision="accept")
    assert CountKey.objects.get(pk=key_id()).first_counted_on == june(5)
    assert ModuleOrganization.objects.get(external_id="7").first_seen_on == june(5)
    assert reads(1, 5) == [(5, 5, 10, "counted", "")]


def test_the_first_true_day_of_a_marker() -> None:
    say(1, seven(0))
    say(2, seven(1))
    assert first_true_days([key_id()]) == {key_id(): june(2)}
    ranges = counted_ranges(june(1), end=june(3))
    assert [(r.count_key, r.run.start) for r in ranges] == [
        (key_id(), june(1)),
        (key_id(), june(2)),
    ]


def test_a_known_id_with_another_name_is_renamed() -> None:
    say(1, seven(10), names={"7": "Acme"}, created={"7": june(1)})
    say(2, seven(10), names={"7": "Acme Holding"}, created={"7": june(1)})
    assert ModuleOrganization.objects.get().name == "Acme Holding"
    assert reads(1, 2) == [(1, 2, 10, "counted", "")]
    say(1, seven(11), names={"7": "Acme"})  # late news of an older name
    assert ModuleOrganization.objects.get().name == "Acme Holding"


def test_another_name_and_creation_date_are_held() -> None:
    say(1, seven(10), names={"7": "Acme"}, created={"7": june(1)})
    say(2, seven(10), names={"7": "Beta"}, created={"7": june(2)})
    assert reads(1, 2)[1] == (2, 2, 10, "held", "identity")
    assert ModuleOrganization.objects.get().name == "Acme"


def test_the_number_of_statements_does_not_grow_with_the_keys() -> None:
    def statements(day: int, units: int, organizations: int) -> int:
        counts = {str(number): {"devices": units} for number in range(organizations)}
        with CaptureQueriesContext(connection) as queries:
            say(day, counts)
        return len(queries)

    for day, organizations in ((1, 2), (2, 2)):
        statements(day, 1, organizations)
    few = statements(3, 2, 2)
    statements(4, 2, 300)
    assert statements(5, 3, 300) == few


def test_a_module_that_is_not_connected_is_named_with_those_that_are() -> None:
    with pytest.raises(NotFound) as missing:
        take_snapshots("edr", answers=[Answer(day=june(1), rows=[])])
    assert "Connected are: rmm" in missing.value.message


def test_all_mistakes_of_a_connection_are_named_at_once() -> None:
    types = [NewBillingType(key="a", shape="round"), NewBillingType(key="a", merge="xor")]
    with pytest.raises(InvalidInput) as invalid:
        connect_modules([NewConnection(key="rmm", billing_types=types, gap_days=-1)])
    for part in ("rmm is there already", "shape is round", "merge is xor", "a stands twice"):
        assert part in invalid.value.message
    assert "gap_days is -1" in invalid.value.message
    assert not BillingType.objects.filter(key="a").exists()
