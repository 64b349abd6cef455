"""A connection's counts around the days in question, without a database.

A `Book` is filled from what is stored, takes answers and decisions (`receiving.py`), and tells what
is to be stored. Its days are proven by answers: by a complete one for all keys, or by a partial one
for a single key.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from icb.hub.change_points import History
from icb.hub.judging import Guards, TypeRule
from icb.kernel.days import ONE_DAY

Place = tuple[str, str]
"""A module organization's id and a billing type's key: what a count belongs to."""


class Proof(NamedTuple):
    """The snapshot in force for a day: of all keys, or of one. Snapshots count up by receipt."""

    snapshot: int
    stamp: int | None
    content: str

    @property
    def rank(self) -> tuple[bool, int, int]:
        """Which of two revisions holds: the higher stamp, any before none, else the later."""
        return (self.stamp is not None, self.stamp or 0, self.snapshot)


@dataclass(slots=True)
class KnownOrganization:
    """What the hub knows of a module organization; `claimed_*` is what a held answer said."""

    id: str
    name: str
    created_on: date | None = None
    claimed_name: str = ""
    claimed_created_on: date | None = None
    is_changed: bool = False


_NO_PROOFS: Mapping[date, Proof] = {}


class Key:
    """One thing counted at one module organization."""

    __slots__ = ("first_counted_on", "history", "place", "proofs", "row")

    def __init__(self, place: Place, *, row: int = 0, first_counted_on: date | None = None) -> None:
        self.place = place
        self.row = row  # 0: not stored yet
        self.first_counted_on = first_counted_on  # as stored
        self.history = History()
        self.proofs: Mapping[date, Proof] = _NO_PROOFS


@dataclass(slots=True)
class Lasting:
    """A decision that ends by itself: with the first accepted count that arrives after it.

    `billing_type` is None where it is about all of them. `until_day` is the first day that it no
    longer holds, None while it lasts.
    """

    row: int
    organization: str
    billing_type: str | None
    decision: str
    from_day: date
    until_day: date | None = None
    is_changed: bool = False

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.from_day <= day and (self.until_day is None or day < self.until_day)

    def end(self, day: date) -> None:
        """An accepted count arrived for this day."""
        self.until_day, self.is_changed = day, True


@dataclass(slots=True)
class Book:
    """A connection's keys, proven days and rules, as far as the days in question need them."""

    guards: Guards = field(default_factory=Guards)
    types: dict[str, TypeRule] = field(default_factory=dict)
    organizations: dict[str, KnownOrganization] = field(default_factory=dict)
    keys: dict[Place, Key] = field(default_factory=dict)
    proven: dict[date, Proof] = field(default_factory=dict)
    proven_days: list[date] = field(default_factory=list)
    # What happened to single keys: days on which one of them has a proof of its own.
    own_proofs: dict[date, set[Key]] = field(default_factory=dict)
    had_rows: bool = False  # an accepted answer of this connection had rows
    lasting: list[Lasting] = field(default_factory=list)
    # What is to be stored.
    touched: set[Key] = field(default_factory=set)
    proven_anew: set[date] = field(default_factory=set)
    unproven: set[date] = field(default_factory=set)
    proven_alone: set[tuple[Key, date]] = field(default_factory=set)

    def prove(self, day: date, *, proof: Proof) -> None:
        """Let a complete answer prove a day."""
        if day not in self.proven:
            insort(self.proven_days, day)
        self.proven[day] = proof

    def unprove(self, day: date) -> None:
        """Nothing proves this day as a whole any more."""
        if self.proven.pop(day, None) is not None:
            self.proven_days.remove(day)
            self.unproven.add(day)

    def prove_key(self, key: Key, *, day: date, proof: Proof) -> None:
        """Let a partial answer prove a day of one key."""
        key.proofs = {**key.proofs, day: proof}
        self.own_proofs.setdefault(day, set()).add(key)

    def unprove_key(self, key: Key, *, day: date) -> None:
        """A newer complete answer speaks for this key's day as well."""
        key.proofs = {own: proof for own, proof in key.proofs.items() if own != day}
        self.own_proofs[day].discard(key)

    def next_proven(self, key: Key, *, after: date) -> date | None:
        """The key's first proven day later than `after`."""
        days = self.proven_days
        index = bisect_right(days, after)
        nearest = days[index] if index < len(days) else None
        if key.proofs:
            own = min((day for day in key.proofs if day > after), default=None)
            if own is not None and (nearest is None or own < nearest):
                return own
        return nearest

    def proof_of(self, key: Key, *, day: date) -> Proof | None:
        """What proves a day of the key: its own proof before the connection's."""
        return key.proofs.get(day) or self.proven.get(day)


def last_accepted_day(book: Book, *, key: Key, day: date) -> date | None:
    """The newest proven day up to `day` on which the key has an accepted count."""
    history = key.history
    since = history.unaccepted_since(day)
    if since is not None and history.accepted_at(day) is None:
        return None
    days = book.proven_days
    index = bisect_right(days, day) if since is None else bisect_left(days, since)
    proven = [days[index - 1]] if index else []
    proven += [own for own in key.proofs if (own <= day if since is None else own < since)]
    # The point itself stands on a proven day, which may lie before the days that were loaded.
    proven += [p.day for p in history.points if p.day <= day and p.entry.accepted is not None]
    return max(proven, default=None)


def first_proven(day: date, *, book: Book, key: Key) -> date | None:
    """The key's first proven day at or after `day`."""
    if book.proof_of(key, day=day) is not None:
        return day
    return book.next_proven(key, after=day)


def open_from(book: Book, *, key: Key, day: date) -> date:
    """Where the days without an accepted count begin that lead up to `day`; else `day`."""
    last = last_accepted_day(book, key=key, day=day - ONE_DAY)
    return day if last is None else min(day, last + ONE_DAY)


def end_by(book: Book, *, accepted: Mapping[Place, date]) -> None:
    """End departed and carry by counts that a person accepted: the first day of each key."""
    for lasting in book.lasting:
        for (organization, billing_type), day in sorted(accepted.items()):
            is_about = lasting.billing_type in (None, billing_type)
            if organization == lasting.organization and is_about and lasting.holds_on(day):
                lasting.end(day)
