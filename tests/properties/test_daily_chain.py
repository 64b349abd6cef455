"""Whatever arrives, in whatever order, however often it is followed: log and notes tell what is."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.transaction import atomic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hub.books import june
from tests.hub.stored import stand_at
from tests.operations.chain import (
    log,
    mapped_module,
    noted,
    notes,
    read,
    service_units,
    syncs,
    told,
)
from tests.properties.test_counts_as_change_points import ANY_STAMPS, ANY_VALUES, DAYS, answers
from tests.properties.test_counts_stored import Undo

from icb.foundation.models import Provider
from icb.hub.actions import decide, take_snapshots
from icb.hub.follow_actions import ToFollow, mark_to_follow
from icb.hub.inputs import Answer
from icb.hub.models import CountKey, Decision, ModuleOrganization, Snapshot, SnapshotToFollow
from icb.kernel.days import ONE_DAY
from icb.kernel.errors import Refused
from icb.operations import daily_chain

FIRST, LAST = june(1), june(DAYS + 5)
decisions = st.tuples(
    st.sampled_from(["7", "8", "9"]),
    st.sampled_from([None, "devices", "users"]),
    st.integers(1, DAYS),
    st.sampled_from(Decision.values),
)
steps = st.one_of(
    st.lists(answers(ANY_VALUES, ANY_STAMPS), min_size=1, max_size=4),
    st.lists(answers(ANY_VALUES, ANY_STAMPS), min_size=1, max_size=4),
    decisions,
    st.just("follow"),
)


@pytest.mark.django_db
@pytest.mark.timeout(900)
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(steps, max_size=7), st.sampled_from([1, 3, 100]))
def test_log_and_notes_tell_what_the_days_read(
    provider: Provider,
    clock: object,
    monkeypatch: pytest.MonkeyPatch,
    story: list[object],
    chunk: int,
) -> None:
    monkeypatch.setattr(daily_chain, "MARKS_PER_CHUNK", chunk)
    stand_at(LAST, hour=9)
    with pytest.raises(Undo), atomic():
        mapped_module()
        for step in story:
            take(step)
        daily_chain.follow()
        assert told(FIRST, LAST) == read(FIRST, LAST)
        assert_noted()
        assert_nothing_more()
        raise Undo


def take(step: object) -> None:
    if step == "follow":
        daily_chain.follow()
    elif isinstance(step, list):
        said: list[Answer] = step
        take_snapshots("rmm", answers=said)
    elif isinstance(step, tuple):
        organization, kind, day, decision = step
        id = ModuleOrganization.objects.get(external_id=organization).pk
        try:
            with atomic():
                decide([id], billing_type=kind, from_day=june(day), decision=decision)
        except Refused:
            return


def assert_noted() -> None:
    """Each change by a count has its note, and each note is true."""
    units, found = service_units(FIRST, LAST), noted()
    counted = read(FIRST, LAST)
    for (service, day), (before, after) in found.items():
        assert (before, after) == (units[service].get(day - ONE_DAY), units[service][day])
    for service, days in units.items():
        for day in list(days)[1:]:
            before, after = days[day - ONE_DAY], days[day]
            if before != after and is_by_count(service, day, counted):
                assert (service, day) in found


def is_by_count(service: str, day: date, counted: dict[int, dict[date, int | None]]) -> bool:
    """Whether a key of acme that drives the service reads otherwise than the day before."""
    kind = {"agents": "devices", "backup": "users"}[service]
    keys = CountKey.objects.filter(
        billing_type__key=kind, module_organization__external_id__in=["7", "8"]
    )
    return any(
        counted[key][day - ONE_DAY] != counted[key][day]
        for key in keys.values_list("id", flat=True)
    )


def assert_nothing_more() -> None:
    """Nothing is told again, not even where every mark is there again."""
    before = (log(), notes(), syncs())
    assert daily_chain.follow() == daily_chain.FollowResult()
    marks = [
        ToFollow(snapshot.connection_id, FIRST, snapshot=snapshot.pk)
        for snapshot in Snapshot.objects.all()
    ]
    mark_to_follow(marks)
    mark_to_follow(
        ToFollow(key.connection_id, FIRST, count_key=key.pk) for key in CountKey.objects.all()
    )
    daily_chain.follow()
    assert (log(), notes()) == before[:2]
    assert not SnapshotToFollow.objects.exists()
