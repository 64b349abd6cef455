"""The stored hub agrees with a table that has a cell per key and day, whatever arrives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from django.db.transaction import atomic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hub.books import june
from tests.hub.naive import NaiveTable
from tests.hub.stored import stand_at
from tests.properties.test_counts_as_change_points import (
    ANY_STAMPS,
    ANY_VALUES,
    DAYS,
    NAMES,
    answers,
)
from tests.support.effort import examples

from icb.foundation.models import Provider
from icb.hub.actions import connect_modules, take_snapshots
from icb.hub.inputs import Answer, NewConnection
from icb.hub.models import Count, CountKey
from icb.hub.queries import readings
from icb.hub.reading import Reading
from icb.kernel.quantity import MICRO


class Undo(Exception):
    """Takes back what one example stored."""


@pytest.mark.django_db
@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    batches=st.lists(st.lists(answers(ANY_VALUES, ANY_STAMPS), min_size=1, max_size=6), max_size=5),
    window=st.tuples(st.integers(1, DAYS), st.integers(1, DAYS)).map(sorted),
    gap_days=st.integers(0, 4),
)
def test_what_is_stored_reads_like_a_row_per_key_and_day(
    provider: Provider, clock: object, batches: list[list[Answer]], window: list[int], gap_days: int
) -> None:
    stand_at(june(DAYS + 40), hour=9)
    with pytest.raises(Undo), atomic():
        connect_modules([NewConnection(key="rmm", gap_days=gap_days)])
        naive = NaiveTable()
        for batch in batches:
            receipts = take_snapshots("rmm", answers=batch)
            assert [receipt.state for receipt in receipts] == [naive.receive(a) for a in batch]
        assert_reads_like(naive, window=window, gap_days=gap_days)
        raise Undo


def assert_reads_like(naive: NaiveTable, *, window: Sequence[int], gap_days: int) -> None:
    first, last = june(window[0]), june(window[1])
    keys = {
        (organization, kind): (id, first_counted_on)
        for id, organization, kind, first_counted_on in CountKey.objects.values_list(
            "id",
            "module_organization__external_id",
            "billing_type__key",
            "first_counted_on",
        )
    }
    assert keys.keys() == naive.places
    found = readings([id for id, _ in keys.values()], start=first, end=june(window[1] + 1))
    for place, (id, first_counted_on) in keys.items():
        expected = naive.readings(place, first=june(1), last=june(DAYS + 39), gap_days=gap_days)
        assert first_counted_on == min(expected, default=None)
        inside = {day: said for day, said in expected.items() if first <= day <= last}
        read: dict[date, tuple[int, str]] = {}
        for run in found.get(id, []):
            for ordinal in range(run.start.toordinal(), run.end.toordinal()):
                name = NAMES.get(Reading(run.status), run.reason)
                read[date.fromordinal(ordinal)] = (run.units // MICRO, name)
        assert read == inside
        assert_canonical(
            id, proven={d for d in map(june, range(1, DAYS + 1)) if naive.at(place, d)}
        )


def assert_canonical(key: int, *, proven: set[date]) -> None:
    """The rows in force are the fewest there can be, each on a proven day."""
    before: tuple[object, ...] = ("absent", 0, "", None)
    columns = ("day", "state", "value", "reason", "kept_value")
    rows = Count.objects.filter(count_key=key, replaced_at=None).order_by("day")
    for day, *said in rows.values_list(*columns):
        assert day in proven
        assert tuple(said) != before
        before = tuple(said)
