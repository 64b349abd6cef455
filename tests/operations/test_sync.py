"""One sync: what is stored, what is refused, and what the person is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connections
from tests.support.asked import AskedAdapter, NoHttp, connect_asked, day_snapshot
from tests.support.clocks import StillClock

from icb.foundation.models import AuditEvent
from icb.hub import ports
from icb.hub.models import BillingType, FailedSync, ModuleOrganization, ProvenDay, Snapshot, Sync
from icb.hub.registry import registered
from icb.kernel.errors import InvalidInput, NotFound, Refused
from icb.operations.syncing.advice import ADVICE
from icb.operations.syncing.sync import SyncOutcome, sync_now

TODAY = date(2026, 1, 1)
YESTERDAY = date(2025, 12, 31)


@pytest.fixture
def vendor(provider: object, clock: StillClock) -> Iterator[AskedAdapter]:
    adapter = AskedAdapter()
    connect_asked("rmm", adapter="asked", expected_from=YESTERDAY)
    with registered(adapter):
        yield adapter


def sync(**options: Any) -> SyncOutcome:
    return sync_now("rmm", connect=lambda description, settings: NoHttp(), **options)


def test_counts_are_stored_with_the_attempt(vendor: AskedAdapter) -> None:
    outcome = sync()
    assert (outcome.state, outcome.day, outcome.counts) == ("stored", TODAY, 2)
    assert outcome.requests == 3
    row = Sync.objects.get()
    assert (row.state, row.counts, row.requests, row.code) == ("stored", 2, 3, "")
    assert row.snapshot == Snapshot.objects.get()
    assert row.manifest["billing_types"] == ["seats"]
    assert row.manifest["organizations"] == 2
    assert row.finished_at is not None
    assert ProvenDay.objects.get().day == TODAY


def test_the_same_again_is_unchanged(vendor: AskedAdapter) -> None:
    sync()
    assert sync().state == "unchanged"
    assert ProvenDay.objects.count() == 1


def test_yesterday_can_be_asked_for_until_noon(vendor: AskedAdapter, clock: StillClock) -> None:
    assert sync(day=YESTERDAY).state == "stored"
    clock.to_day(TODAY, hour=12)
    with pytest.raises(Refused, match="shows the present only"):
        sync(day=YESTERDAY)


def test_a_day_that_has_not_come_is_refused(vendor: AskedAdapter) -> None:
    with pytest.raises(InvalidInput, match="has not come yet"):
        sync(day=date(2026, 1, 2))


def test_what_is_sent_or_disabled_is_not_asked(vendor: AskedAdapter) -> None:
    connect_asked("sent", adapter="push")
    with pytest.raises(Refused, match="nobody is asked"):
        sync_now("sent")
    connect_asked("off", adapter="asked", is_enabled=False)
    with pytest.raises(Refused, match="disabled"):
        sync_now("off")
    with pytest.raises(NotFound):
        sync_now("never")
    assert not Sync.objects.exists()


PROBLEMS = [
    problem("words of the problem")
    for problem in (
        ports.WrongSettings,
        ports.CredentialsRefused,
        ports.AccessRefused,
        ports.Throttled,
        ports.VendorUnavailable,
        ports.UnexpectedAnswer,
        ports.ReachRefused,
        ports.IncompleteAnswer,
    )
]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.code)
def test_each_problem_ends_in_a_state_a_message_and_advice(
    vendor: AskedAdapter, problem: ports.SyncProblem
) -> None:
    vendor.problem = problem
    outcome = sync()
    assert (outcome.state, outcome.code) == ("failed", problem.code)
    assert outcome.message == "words of the problem"
    assert outcome.advice == ADVICE[problem.code].text
    assert ADVICE[problem.code].is_passing is problem.is_passing
    row = Sync.objects.get()
    assert (row.state, row.code, row.message) == ("failed", problem.code, problem.message)
    assert not row.is_final
    assert not Snapshot.objects.exists()


def test_an_error_of_the_adapter_is_told_without_its_words(vendor: AskedAdapter) -> None:
    vendor.problem = KeyError("token-that-nobody-may-see")
    outcome = sync()
    assert (outcome.state, outcome.code) == ("failed", "adapter_error")
    assert "KeyError at asked.py:" in outcome.message
    assert "token-that" not in outcome.message
    assert not Snapshot.objects.exists()


INCONSISTENT = {
    "another day": (day_snapshot(YESTERDAY, {"1": 1}), "unexpected_answer"),
    "incomplete": (day_snapshot(TODAY, {"1": 1}, is_complete=False), "incomplete_answer"),
    "strange type": (day_snapshot(TODAY, {"1": 1}, billing_types=()), "unexpected_answer"),
    "strange organization": (
        replace(day_snapshot(TODAY, {"1": 1, "2": 2}), organizations=[ports.Seen(id="2", name="")]),
        "unexpected_answer",
    ),
    "no id": (
        replace(day_snapshot(TODAY, {}), organizations=[ports.Seen(id="", name="Nobody")]),
        "unexpected_answer",
    ),
    "two records of one id": (
        replace(
            day_snapshot(TODAY, {}),
            organizations=[ports.Seen(id="1", name="A"), ports.Seen(id="1", name="B")],
        ),
        "unexpected_answer",
    ),
}


@pytest.mark.parametrize("case", INCONSISTENT)
def test_a_snapshot_that_contradicts_itself_is_not_stored(vendor: AskedAdapter, case: str) -> None:
    snapshot, code = INCONSISTENT[case]
    vendor.snapshots = [snapshot]
    outcome = sync()
    assert (outcome.state, outcome.code) == ("failed", code)
    assert "Nothing was stored" in outcome.message
    assert not Snapshot.objects.exists()
    assert not ModuleOrganization.objects.exists()


def test_impossible_counts_are_refused(vendor: AskedAdapter) -> None:
    vendor.counts = {"1": 10, "2": -4}
    outcome = sync()
    assert (outcome.state, outcome.code) == ("refused", "refused")
    assert "negative" in outcome.message
    assert not ProvenDay.objects.exists()


def test_a_suspicious_answer_waits_for_a_person(vendor: AskedAdapter) -> None:
    sync()
    vendor.counts = {}
    outcome = sync()
    assert (outcome.state, outcome.code) == ("quarantined", "quarantined")
    assert "hold" in outcome.advice


def test_clients_without_counts_become_known(vendor: AskedAdapter) -> None:
    seen = [
        ports.Seen(id="1", name="One", domain="one.example"),
        ports.Seen(id="9", name="Nine", parent="1", created_on=date(2025, 5, 5)),
    ]
    vendor.snapshots = [replace(day_snapshot(TODAY, {"1": 4}), organizations=seen)]
    sync()
    one, nine = ModuleOrganization.objects.order_by("external_id")
    assert (one.name, one.domain) == ("One", "one.example")
    assert (nine.name, nine.parent_external_id) == ("Nine", "1")
    assert (nine.vendor_created_on, nine.first_seen_on) == (date(2025, 5, 5), None)
    moved = [replace(seen[0], domain="new.example"), replace(seen[1], parent="")]
    vendor.snapshots = [replace(day_snapshot(TODAY, {"1": 4}), organizations=moved)]
    sync()
    one, nine = ModuleOrganization.objects.order_by("external_id")
    assert (one.domain, nine.parent_external_id) == ("new.example", "")
    assert AuditEvent.objects.filter(action="note_module_organizations").count() == 2


def test_types_that_no_catalogue_has_are_called_as_the_vendor_says(vendor: AskedAdapter) -> None:
    for name in ("Office\x00 Basic", "Office Plus", ""):
        plain = day_snapshot(TODAY, {"1": 4})
        counts = [replace(count, billing_type="7f3") for count in plain.counts]
        manifest = replace(plain.manifest, billing_types=["7f3"], names={"7f3": name})
        vendor.snapshots = [replace(plain, counts=counts, manifest=manifest)]
        assert sync().state in ("stored", "unchanged")
    found = BillingType.objects.get(key="7f3")
    assert (found.name, found.is_known) == ("Office Plus", False)
    assert AuditEvent.objects.filter(action="name_billing_types").count() == 2


def test_a_described_type_keeps_its_name(vendor: AskedAdapter) -> None:
    plain = day_snapshot(TODAY, {"1": 4})
    manifest = replace(plain.manifest, names={"seats": "Something Else"})
    vendor.snapshots = [replace(plain, manifest=manifest)]
    sync()
    BillingType.objects.filter(key="seats").update(is_known=True, name="Seats")
    vendor.snapshots = [replace(plain, manifest=manifest)]
    sync()
    assert BillingType.objects.get(key="seats").name == "Seats"


def test_a_vendor_that_never_ends_is_left(
    vendor: AskedAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("icb.operations.syncing.sync.TOTAL_SECONDS", 0.2)
    vendor.hangs = threading.Event()
    outcome = sync()
    vendor.hangs.set()
    assert (outcome.state, outcome.code) == ("failed", "took_too_long")
    assert not Snapshot.objects.exists()


def test_progress_is_told(vendor: AskedAdapter) -> None:
    words: list[str] = []
    vendor.before = lambda: time.sleep(0.15)
    sync(tell=words.append)
    assert words == [f"asking for {TODAY}", "2 counts came; storing them"]


def test_nothing_waits_for_a_network_inside_a_transaction(
    committed_provider: object, clock: StillClock
) -> None:
    """The vendor is asked in a thread; what counts is the connection of the one that waits."""
    own, is_in_transaction = connections["default"], list[bool]()
    adapter = AskedAdapter()
    adapter.before = lambda: is_in_transaction.append(own.in_atomic_block)
    connect_asked("rmm", adapter="asked")
    with registered(adapter):
        assert sync().state == "stored"
    assert is_in_transaction == [False]


def test_no_failed_sync_is_recorded_by_hand(vendor: AskedAdapter) -> None:
    vendor.problem = ports.CredentialsRefused("no")
    sync()
    assert not FailedSync.objects.exists()
