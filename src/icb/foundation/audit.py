"""The audit chain: one event per action, each sealing the one before it.

A change, a removal in the middle, a swap and a cut at the front break the chain and are found. A
cut at the end leaves a shorter chain that is sound in itself: it is found only against a seal that
was noted elsewhere (`head`), such as the one in a backup's list or on paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.transaction import atomic

from icb.foundation.actor import current_actor
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.models import AuditEvent
from icb.foundation.transactions import hold
from icb.kernel import clock

BEFORE_THE_FIRST = "0" * 64
_LONGEST = 200  # of a subject, in characters


class Seal(NamedTuple):
    """The newest event's number and hash: whoever noted it can prove what stood before."""

    sequence: int
    hash: str


class Change(NamedTuple):
    """Who recorded something, when, and the words for it."""

    actor: str
    at: datetime
    action: str


def newest_change(subject: str, *, is_prefix: bool = False) -> Change | None:
    """The newest event about this subject, or with `is_prefix` about one that begins so."""
    lookup = "subject__startswith" if is_prefix else "subject"
    found = AuditEvent.objects.filter(**{lookup: subject}).order_by("-sequence")
    row = found.values_list("actor", "at", "action").first()
    return Change(*row) if row else None


def record(action: str, *, subject: str, data: Mapping[str, Any]) -> None:
    """Append one event to the provider's chain, in the transaction of the change it tells of.

    `subject` names what was changed, cut where it is longer than its column; `data` (canonical
    JSON values) says how: what is large stands there as a count and a digest.
    """
    with atomic():
        hold("audit")
        sequence, previous = head()
        event = AuditEvent(
            sequence=sequence + 1,
            at=clock.now(),
            actor=current_actor(),
            action=action,
            subject=subject if len(subject) <= _LONGEST else subject[: _LONGEST - 1] + "…",
            data=canonical_json(data),
            previous_hash=previous,
        )
        event.hash = event_hash(event)
        event.save(force_insert=True)


def head() -> Seal:
    """The seal of the provider's newest event; sequence 0 where there is none."""
    newest = AuditEvent.objects.order_by("-sequence").values_list("sequence", "hash").first()
    return Seal(*newest) if newest else Seal(0, BEFORE_THE_FIRST)


def check_chain(*, anchors: Sequence[Seal] = ()) -> list[str]:
    """What is wrong with the provider's chain, in words; empty where it is whole.

    `anchors` are seals noted outside this database: each must still stand in the chain.
    """
    noted = {anchor.sequence: anchor.hash for anchor in anchors if anchor.sequence}
    problems = list(_problems(noted))
    newest = head().sequence
    problems.extend(
        f"Event {sequence} was noted elsewhere and is gone: the chain ends at {newest}."
        for sequence in sorted(noted)
        if sequence > newest
    )
    return problems


def _problems(noted: Mapping[int, str]) -> Iterator[str]:
    expected, previous = 1, BEFORE_THE_FIRST
    for event in AuditEvent.objects.order_by("sequence").iterator(chunk_size=2000):
        if event.sequence != expected:
            yield f"Event {expected} is missing: event {event.sequence} comes in its place."
        elif event.previous_hash != previous:
            yield f"Event {event.sequence} does not seal the event before it."
        if event.hash != event_hash(event):
            yield f"Event {event.sequence} was changed after it was recorded."
        if noted.get(event.sequence, event.hash) != event.hash:
            yield f"Event {event.sequence} is not the one that was noted elsewhere."
        expected, previous = event.sequence + 1, event.hash


def event_hash(event: AuditEvent) -> str:
    """The hash over everything an event says, and over the hash of the event before it."""
    return digest(
        canonical_json(
            {
                "action": event.action,
                "actor": event.actor,
                "at": event.at,
                "data": event.data,
                "previous": event.previous_hash,
                "provider": event.provider_id,
                "sequence": event.sequence,
                "subject": event.subject,
            }
        )
    )
