"""Canonical text, transactions and their locks, runs, and what the installation is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import OperationalError, connection
from tests.support.clocks import StillClock

from icb.foundation import installation, runs
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.models import Provider
from icb.foundation.scope import in_provider
from icb.foundation.transactions import lock_number, transaction
from icb.kernel.errors import Refused
from icb.organizations.models import Organization

WITHOUT_ZONE = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        (Decimal("1.50"), '"1.5"'),
        (Decimal("1.5"), '"1.5"'),
        (Decimal("1E+3"), '"1000"'),
        (Decimal("-0.00"), '"0"'),
        (Decimal("100"), '"100"'),
        (date(2026, 1, 2), '"2026-01-02"'),
        (datetime(2026, 1, 2, 3, tzinfo=UTC), '"2026-01-02T03:00:00.000000+00:00"'),
        (
            datetime(2026, 1, 2, 5, tzinfo=timezone(timedelta(hours=2))),
            '"2026-01-02T03:00:00.000000+00:00"',
        ),
        (("Zażółć", "€"), '["Zażółć","€"]'),
    ],
)
def test_a_value_has_one_text(value: Any, text: str) -> None:
    assert canonical_json(value) == text
    assert len(digest(text)) == 64


@pytest.mark.parametrize("value", [1.5, {"a": [0.1]}, {1: "a"}, {1, 2}, WITHOUT_ZONE])
def test_what_has_no_exact_text_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


def test_a_failed_block_leaves_nothing(provider: Provider) -> None:
    with pytest.raises(Refused), transaction():
        Organization.objects.create(key="a", name="A")
        raise Refused("no", "No.")
    assert not Organization.objects.exists()


def test_other_errors_of_the_database_pass_unchanged(provider: Provider) -> None:
    with pytest.raises(OperationalError, match="other"), transaction():
        raise OperationalError("some other trouble")
    with pytest.raises(Refused, match="Another command"), transaction():
        raise OperationalError("database is locked")


def test_locks_are_per_provider_and_name(provider: Provider) -> None:
    numbers = [lock_number("billing"), lock_number("mapping")]
    with in_provider(provider.pk + 1):
        numbers.append(lock_number("billing"))
    assert len(set(numbers)) == 3
    assert all(-(2**63) <= number < 2**63 for number in numbers)


def test_holders_of_a_lock_take_turns(committed_provider: Provider) -> None:
    """Read, then write what was read plus one: without the lock, additions would be lost."""
    counter = Organization.objects.create(key="a", name="A", payment_days=0)
    barrier = Barrier(4)

    def add(times: int) -> None:
        barrier.wait()
        for _ in range(times):
            with in_provider(committed_provider.pk), transaction(lock="billing"):
                found = Organization.objects.get(pk=counter.pk)
                days = found.payment_days + 1
                Organization.objects.filter(pk=counter.pk).update(payment_days=days)
        connection.close()

    threads = [Thread(target=add, args=[10]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counter.refresh_from_db()
    assert counter.payment_days == 40


def test_a_run_says_how_far_it_came(provider: Provider, clock: StillClock) -> None:
    first = runs.start_run("bill")
    runs.note_progress(first, progress={"contracts": 50, "of": 100})
    clock.forward(minutes=3)
    second = runs.start_run("bill")
    runs.finish_run(second, progress={"contracts": 100, "of": 100})
    newest, died = runs.runs("bill")
    assert (newest.id, newest.state, newest.progress["contracts"]) == (second, "done", 100)
    assert (died.id, died.state, died.finished_at) == (first, "failed", clock.now)
    assert newest.actor == "olivia"
    failed = runs.start_run("sync")
    runs.finish_run(failed, progress={}, failed=True)
    assert [row.state for row in runs.runs(limit=1)] == ["failed"]
    inexact: Any = {"share": 0.5}
    with pytest.raises(TypeError):
        runs.note_progress(failed, progress=inexact)


def test_a_demo_never_becomes_real_books_nor_the_reverse(db: None) -> None:
    for first in (True, False):
        with transaction():
            installation.mark_installation(is_demo=first)
            installation.mark_installation(is_demo=first)
            assert installation.is_demo() == first
            with pytest.raises(Refused):
                installation.mark_installation(is_demo=not first)
            assert installation.is_demo() == first
            from django.db.transaction import set_rollback

            set_rollback(True)


def test_a_demo_is_not_laid_over_providers(provider: Provider) -> None:
    with pytest.raises(Refused, match="real books"):
        installation.mark_installation(is_demo=True)
    installation.mark_installation(is_demo=False)


def test_issuing_is_locked_for_every_provider(provider: Provider) -> None:
    assert not installation.is_issuing_locked()
    installation.lock_issuing()
    assert installation.is_issuing_locked()
    assert not Provider.objects.filter(issuing_locked=False).exists()
    assert not installation.is_demo()
