"""The audit chain shows every edit, removal, swap and cut; what it cannot show is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random

import pytest
from django.db import connection
from django.db.transaction import atomic, set_rollback
from tests.support.clocks import StillClock

from icb.foundation import audit, bulk
from icb.foundation.actor import acting_as_system
from icb.foundation.guards import declared_guards
from icb.foundation.inputs import NewProvider
from icb.foundation.models import AuditEvent, Provider
from icb.foundation.providers import create_provider
from icb.foundation.scope import every_provider, in_provider
from icb.kernel.errors import NotPermitted

EVENTS = 40
TAMPERINGS = 1000
COLUMNS = {
    "actor": "'mallory'",
    "action": "'other'",
    "subject": "'other'",
    "data": "'{\"amount\":1}'",
    "at": "'2020-01-01 00:00:00'",
    "hash": f"'{'1' * 64}'",
    "previous_hash": f"'{'1' * 64}'",
}


@pytest.fixture
def chain(provider: Provider, clock: StillClock) -> list[str]:
    """A chain of some length, without the guards that would refuse every tampering."""
    for number in range(EVENTS - audit.head().sequence):
        clock.forward(seconds=7)
        audit.record("try", subject=f"subject {number}", data={"number": number})
    on = " ON audit_event" if connection.vendor == "postgresql" else ""
    for guard in declared_guards():
        if guard.table == "audit_event":
            for trigger in guard.triggers():
                bulk.execute(f"DROP TRIGGER {trigger.name}{on}")
    return []


def edit(random: Random) -> None:
    column = random.choice(sorted(COLUMNS))
    sequence = random.randint(1, EVENTS)
    bulk.execute(
        f"UPDATE audit_event SET {column} = {COLUMNS[column]} WHERE sequence = %s", [sequence]
    )


def edit_and_seal_anew(random: Random) -> None:
    """The event's own hash is made to fit: then it is the next event that no longer does."""
    event = AuditEvent.objects.get(sequence=random.randint(1, EVENTS - 1))
    event.actor = "mallory"
    bulk.execute(
        "UPDATE audit_event SET actor = 'mallory', hash = %s WHERE id = %s",
        [audit.event_hash(event), event.pk],
    )


def remove(random: Random) -> None:
    bulk.execute("DELETE FROM audit_event WHERE sequence = %s", [random.randint(1, EVENTS - 1)])


def remove_and_close_up(random: Random) -> None:
    removed = random.randint(1, EVENTS - 1)
    bulk.execute("DELETE FROM audit_event WHERE sequence = %s", [removed])
    bulk.execute("UPDATE audit_event SET sequence = -sequence WHERE sequence > %s", [removed])
    bulk.execute("UPDATE audit_event SET sequence = -sequence - 1 WHERE sequence < 0")


def swap(random: Random) -> None:
    one, other = random.sample(range(1, EVENTS + 1), 2)
    move = "UPDATE audit_event SET sequence = %s WHERE sequence = %s"
    for to, at in ((-1, one), (one, other), (other, -1)):
        bulk.execute(move, [to, at])


def cut_the_front(random: Random) -> None:
    bulk.execute("DELETE FROM audit_event WHERE sequence <= %s", [random.randint(1, EVENTS - 1)])


def cut_the_end(random: Random) -> None:
    bulk.execute("DELETE FROM audit_event WHERE sequence > %s", [random.randint(1, EVENTS - 1)])


def attempt(tamper: Callable[[Random], None], random: Random, **options: object) -> list[str]:
    """What the check says after a tampering, which is then undone."""
    with atomic():
        tamper(random)
        anchors = options.get("anchors")
        problems = audit.check_chain(anchors=anchors if isinstance(anchors, list) else [])
        set_rollback(True)
    return problems


def test_a_chain_that_nobody_touched_is_whole(chain: list[str]) -> None:
    assert audit.check_chain(anchors=[audit.head()]) == chain
    assert audit.head().sequence == EVENTS


def test_every_tampering_inside_the_chain_is_found(chain: list[str]) -> None:
    random = Random(20260101)
    kinds = [edit, edit_and_seal_anew, remove, remove_and_close_up, swap, cut_the_front]
    tried = [random.choice(kinds) for _ in range(TAMPERINGS)]
    missed = [
        (number, tamper.__name__)
        for number, tamper in enumerate(tried)
        if not attempt(tamper, random)
    ]
    assert missed == []
    assert audit.check_chain() == []


def test_a_cut_at_the_end_shows_only_against_a_seal_noted_elsewhere(chain: list[str]) -> None:
    random = Random(20260102)
    noted = audit.head()
    for _ in range(50):
        assert attempt(cut_the_end, random) == []
        assert attempt(cut_the_end, random, anchors=[noted])


def test_a_chain_written_anew_shows_against_a_seal_noted_elsewhere(chain: list[str]) -> None:
    noted = audit.head()
    bulk.execute("DELETE FROM audit_event WHERE sequence > %s", [EVENTS - 3])
    for _ in range(3):
        audit.record("forged", subject="s", data={})
    assert audit.check_chain() == []
    assert "not the one that was noted elsewhere" in audit.check_chain(anchors=[noted])[0]


def test_an_event_says_who_did_what_when(provider: Provider, clock: StillClock) -> None:
    clock.set("2026-03-01T12:00:00")
    audit.record("post_items", subject="posting 7", data={"items": 3, "amount": "12.50"})
    event = AuditEvent.objects.order_by("-sequence")[0]
    assert (event.actor, event.action, event.at) == ("olivia", "post_items", clock.now)
    assert json.loads(event.data) == {"items": 3, "amount": "12.50"}


def test_nobody_acting_is_nothing_recorded(provider: Provider) -> None:
    from contextvars import Context

    def without_actor() -> None:
        with in_provider(provider.pk), pytest.raises(NotPermitted):
            audit.record("a", subject="s", data={})

    before = audit.head()
    Context().run(without_actor)
    assert audit.head() == before


def test_each_provider_has_its_own_chain(provider: Provider) -> None:
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="EUR"))
    before = audit.head()
    with in_provider(other):
        assert audit.head().sequence == 1
        audit.record("a", subject="s", data={})
        assert audit.check_chain() == []
    assert audit.head() == before
    with every_provider():
        assert AuditEvent.objects.count() == before.sequence + 2


def test_a_subject_of_any_length_is_told(provider: Provider, clock: StillClock) -> None:
    audit.record("decide", subject="n" * 200, data={})
    audit.record("decide", subject="n" * 5000, data={})
    two = AuditEvent.objects.order_by("-sequence").values_list("subject", flat=True)[:2]
    assert list(two) == ["n" * 199 + "…", "n" * 200]
    assert audit.check_chain() == []
