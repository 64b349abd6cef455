"""Jobs: taken once, by lanes and in turn, under a lease that ends with its worker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.support.clocks import StillClock

from icb.foundation.actor import acting_as, acting_as_system
from icb.foundation.inputs import NewProvider, NewUser
from icb.foundation.jobs import (
    KEPT_DAYS,
    LEASE_SECONDS,
    JobLost,
    JobRow,
    NewJob,
    cancel_job,
    claim,
    enqueue,
    enqueue_all,
    finish,
    heartbeat,
    job_row,
    jobs,
    note_job,
    remove_old_jobs,
    retry_later,
    still_held,
)
from icb.foundation.models import AuditEvent, Job, Role
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.foundation.transactions import transaction
from icb.foundation.users import add_users
from icb.kernel.errors import NotFound, NotPermitted, Refused

pytestmark = pytest.mark.usefixtures("provider", "clock")


def take(worker: str = "one", *, slots: int = 32) -> list[JobRow]:
    return claim(worker, slots=slots, kinds=["work"])


def add(**options: Any) -> JobRow:
    return enqueue(NewJob(kind="work", **options))


def test_a_job_is_taken_once_and_ends() -> None:
    added = add(payload={"about": "x"})
    assert (added.state, added.requested_by, added.attempts) == ("waiting", "olivia", 0)
    (taken,) = take()
    assert (taken.id, taken.state, taken.attempts) == (added.id, "running", 1)
    assert taken.payload == {"about": "x"}
    assert take("two") == []
    note_job(taken, progress={"words": "half"})
    assert finish(taken)
    ended = job_row(added.id)
    assert (ended.state, ended.has_ended, ended.progress) == ("done", True, {"words": "half"})
    assert not finish(taken)


def test_only_kinds_with_a_handler_are_taken() -> None:
    enqueue(NewJob(kind="strange"))
    assert take() == []


def test_at_most_one_open_job_has_a_unique_key(clock: StillClock) -> None:
    first = add(unique_key="k", run_after=clock.now + timedelta(hours=1))
    assert add(unique_key="k").id == first.id
    assert job_row(first.id).run_after == clock.now  # brought forward
    enqueue_all([NewJob(kind="work", unique_key="k"), NewJob(kind="work", unique_key="other")])
    assert len(jobs()) == 2
    (running, _) = take()
    assert add(unique_key="k").id == running.id
    finish(running)
    assert add(unique_key="k").id != first.id


def test_a_job_waits_for_its_time(clock: StillClock) -> None:
    add(run_after=clock.now + timedelta(seconds=5))
    assert take() == []
    clock.forward(seconds=5)
    assert len(take()) == 1


def test_a_job_that_is_asked_for_anew_says_nothing_of_the_attempt_before() -> None:
    add(unique_key="k")
    (taken,) = take()
    retry_later(taken, after=60, message="The vendor was away.")
    assert job_row(taken.id).message == "The vendor was away."
    again = add(unique_key="k")
    assert (again.id, again.state, again.message) == (taken.id, "waiting", "")


def test_a_lane_has_two_slots_and_holds_up_nobody_else() -> None:
    slow = [add(lane="slow") for _ in range(50)]
    others = [add(lane=f"lane {number}") for number in range(5)] + [add(), add(), add()]
    taken = take(slots=32)
    assert {row.id for row in taken} == {row.id for row in [*slow[:2], *others]}
    assert take("two") == []
    finish(taken[0])
    assert [row.id for row in take("two")] == [slow[2].id]


def test_slots_bound_what_is_taken() -> None:
    added = [add() for _ in range(5)]
    assert [row.id for row in take(slots=3)] == [row.id for row in added[:3]]
    assert take(slots=0) == []


@pytest.fixture
def neighbour(clock: StillClock) -> Iterator[int]:
    with acting_as_system("test"):
        id = create_provider(NewProvider(key="next", name="Next", currency="EUR"))
    yield id


def test_providers_take_turns(neighbour: int) -> None:
    many = [add() for _ in range(20)]
    with in_provider(neighbour), acting_as_system("test"):
        few = [add(), add()]
    taken = [row.id for row in take(slots=4)]
    assert taken == [many[0].id, few[0].id, many[1].id, few[1].id]


def test_what_a_provider_runs_counts_as_its_turns(neighbour: int) -> None:
    many = [add() for _ in range(20)]
    take(slots=5)
    with in_provider(neighbour), acting_as_system("test"):
        late = add()
    assert [row.id for row in take(slots=2)] == [late.id, many[5].id]


def test_a_dead_workers_job_is_taken_up_again(clock: StillClock) -> None:
    add(max_attempts=2)
    (dead,) = take("dead")
    clock.forward(seconds=LEASE_SECONDS)
    assert take("next") == []
    clock.forward(seconds=1)
    (again,) = take("next")
    assert (again.id, again.attempts) == (dead.id, 2)
    with transaction(), pytest.raises(JobLost):
        still_held(dead)
    assert not finish(dead)
    note_job(dead, progress={"words": "from beyond"})
    assert job_row(again.id).progress == {}
    clock.forward(seconds=LEASE_SECONDS + 1)
    assert take("third") == []
    assert job_row(again.id).state == "failed"
    assert "worker ended" in job_row(again.id).message


def test_the_same_worker_does_not_believe_its_older_lease(clock: StillClock) -> None:
    add(max_attempts=2)
    (old,) = take("one")
    clock.forward(seconds=LEASE_SECONDS + 1)
    (new,) = take("one")
    assert heartbeat("one", held=[old, new]).lost == {old.lease}
    with transaction(), pytest.raises(JobLost):
        still_held(old)
    with transaction():
        still_held(new)


def test_a_heartbeat_keeps_the_lease(clock: StillClock) -> None:
    add(max_attempts=2)
    (held,) = take("one")
    for _ in range(5):
        clock.forward(seconds=LEASE_SECONDS - 5)
        assert heartbeat("one", held=[held]) == (frozenset(), frozenset())
        assert take("two") == []


def test_one_that_waits_is_cancelled_at_once() -> None:
    added = add()
    assert cancel_job(added.id).state == "cancelled"
    assert take() == []
    assert AuditEvent.objects.filter(action="cancel_job", subject=f"job {added.id}").exists()
    with pytest.raises(Refused, match="has ended already"):
        cancel_job(added.id)


def test_one_that_runs_may_store_nothing_more_once_cancelled() -> None:
    add()
    (held,) = take("one")
    assert cancel_job(held.id).state == "running"
    assert heartbeat("one", held=[held]).cancelled == {held.lease}
    with transaction(), pytest.raises(JobLost, match="was cancelled"):
        still_held(held)


def test_one_whose_worker_died_is_cancelled_at_once(clock: StillClock) -> None:
    add(max_attempts=5)
    (held,) = take()
    clock.forward(seconds=LEASE_SECONDS + 1)
    assert cancel_job(held.id).state == "cancelled"
    assert take() == []


def test_who_may_not_record_counts_may_not_cancel() -> None:
    added = add()
    add_users([NewUser("rita", role=Role.READ_ONLY)])
    with acting_as("rita"), pytest.raises(NotPermitted):
        cancel_job(added.id)
    with pytest.raises(NotFound, match="There is no job"):
        cancel_job(added.id + 1)


def test_a_retry_waits_and_is_not_counted(clock: StillClock) -> None:
    add()
    (held,) = take()
    assert retry_later(held, after=60, message="the vendor is away")
    row = job_row(held.id)
    assert (row.state, row.attempts, row.message) == ("waiting", 0, "the vendor is away")
    clock.forward(seconds=60)
    (again,) = take()
    assert retry_later(again, after=60, message="an error", is_counted=True)
    assert job_row(held.id).attempts == 1


def test_other_providers_jobs_are_not_seen(neighbour: int) -> None:
    with in_provider(neighbour), acting_as_system("test"):
        theirs = add()
    assert jobs() == []
    with pytest.raises(NotFound):
        cancel_job(theirs.id)


def test_old_jobs_are_removed(clock: StillClock) -> None:
    add()
    (held,) = take()
    finish(held)
    waiting = add()
    clock.forward(days=KEPT_DAYS, seconds=-1)
    assert remove_old_jobs() == 0
    clock.forward(seconds=2)
    assert remove_old_jobs() == 1
    assert list(Job.objects.values_list("pk", flat=True)) == [waiting.id]


def test_taking_costs_the_same_for_few_and_many() -> None:
    costs = []
    for number in (3, 30):
        enqueue_all([NewJob(kind="work") for _ in range(number)])
        with CaptureQueriesContext(connection) as queries:
            assert len(take(slots=number)) == number
        costs.append(len(queries))
    assert costs[0] == costs[1]
