"""Takes back what some answers said of their days, as if they had not come. Pure.

Before the answers are taken, `before_text` keeps what held on their days: what proved them, and
what each key read that is about to change. `restore` puts that back. A day that nothing proved is
a gap again. Other days go on saying what they say.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from icb.hub.book import Book, Key, Place, Proof
from icb.hub.change_points import ABSENCE, Entry, History, Point
from icb.kernel.days import ONE_DAY


@dataclass(slots=True)
class Before:
    """What held on some days before answers for them came.

    `proofs` are those of whole days, `own` those of single keys. `histories` holds the keys whose
    points the answers changed; all others read on these days as they do now. `lasting`: decisions
    that held, with their end.
    """

    days: tuple[date, ...]
    proofs: dict[date, Proof] = field(default_factory=dict)
    own: dict[tuple[Place, date], Proof] = field(default_factory=dict)
    histories: dict[Place, History] = field(default_factory=dict)
    lasting: dict[int, date | None] = field(default_factory=dict)


def before_text(book: Book, *, days: Iterable[date], changed: Iterable[Place]) -> str:
    """What the book says of the days, as canonical JSON."""
    chosen = sorted(set(days))
    own = [
        [*key.place, day.isoformat(), key.proofs[day].snapshot, key.proofs[day].stamp]
        for day in chosen
        for key in book.own_proofs.get(day, ())
    ]
    said = {
        "days": [day.isoformat() for day in chosen],
        "proofs": [
            [day.isoformat(), book.proven[day].snapshot, book.proven[day].stamp]
            for day in chosen
            if day in book.proven
        ],
        "own": sorted(own, key=lambda row: row[:3]),
        "points": [[*place, _points(book.keys.get(place))] for place in sorted(changed)],
        "lasting": [
            [one.row, one.until_day.isoformat() if one.until_day else None]
            for one in book.lasting
            if any(one.holds_on(day) for day in chosen)
        ],
    }
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False)


def read_before(text: str) -> Before:
    """What `before_text` wrote."""
    said: dict[str, Any] = json.loads(text)
    before = Before(tuple(map(date.fromisoformat, said["days"])))
    for day, snapshot, stamp in said["proofs"]:
        before.proofs[date.fromisoformat(day)] = Proof(snapshot, stamp, "")
    for organization, billing_type, day, snapshot, stamp in said["own"]:
        at = (organization, billing_type), date.fromisoformat(day)
        before.own[at] = Proof(snapshot, stamp, "")
    for organization, billing_type, points in said["points"]:
        history = before.histories[organization, billing_type] = History()
        history.points = [
            Point(date.fromisoformat(day), Entry(state, value, reason, kept), source)
            for day, state, value, reason, kept, source in points
        ]
    for row, until in said["lasting"]:
        before.lasting[row] = date.fromisoformat(until) if until else None
    return before


def restore(book: Book, *, before: Before, snapshots: Sequence[int]) -> date:
    """Let the days say what they said before these snapshots; from when on readings may differ."""
    first, last = before.days[0], before.days[-1]
    starts = [_start(book, first)]
    starts += [_unaccepted(key, first) for key in book.keys.values()]
    _restore_proofs(book, before=before, snapshots=frozenset(snapshots))
    days = frozenset(before.days)
    for key in book.keys.values():
        until = book.next_proven(key, after=last) or last
        wanted = _wanted(book, key=key, before=before, span=(first, until), days=days)
        cause = max(snapshots, default=None)
        if key.history.replace((first, until), wanted=wanted, cause=cause):
            book.touched.add(key)
    starts += [_unaccepted(key, first) for key in book.keys.values()]
    return min([*starts, _start(book, first)])


def _restore_proofs(book: Book, *, before: Before, snapshots: frozenset[int]) -> None:
    for day in before.days:
        proof = before.proofs.get(day)
        if proof is None:
            book.unprove(day)
        else:
            book.prove(day, proof=proof)
            book.proven_anew.add(day)
        for key in list(book.own_proofs.get(day, ())):
            if key.proofs[day].snapshot in snapshots:
                book.unprove_key(key, day=day)
                book.proven_alone.add((key, day))
    for (place, day), proof in before.own.items():
        key = book.keys[place]
        book.prove_key(key, day=day, proof=proof)
        book.proven_alone.add((key, day))


def _wanted(
    book: Book, *, key: Key, before: Before, span: tuple[date, date], days: frozenset[date]
) -> list[Point]:
    """What each proven day of the span says: those of `days` as before, all others as now."""
    first, until = span
    low, high = bisect_left(book.proven_days, first), bisect_right(book.proven_days, until)
    proven = {*book.proven_days[low:high], *(day for day in key.proofs if first <= day <= until)}
    said = before.histories.get(key.place, key.history)
    wanted = []
    for day in sorted(proven):
        point = _in_force(said if day in days else key.history, day)
        proof = book.proof_of(key, day=day)
        source = point.source or (proof.snapshot if proof else 0)
        wanted.append(Point(day, point.entry, source))
    return wanted


def _in_force(history: History, day: date) -> Point:
    found = [point for point in history.points if point.day <= day]
    return found[-1] if found else Point(day, ABSENCE, 0)


def _points(key: Key | None) -> list[list[Any]]:
    points = key.history.points if key else []
    return [[point.day.isoformat(), *point.entry, point.source] for point in points]


def _start(book: Book, first: date) -> date:
    index = bisect_left(book.proven_days, first)
    return min(first, book.proven_days[index - 1] + ONE_DAY) if index else first


def _unaccepted(key: Key, first: date) -> date:
    return key.history.unaccepted_since(first) or first
