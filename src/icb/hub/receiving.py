"""What an answer changes: the order of revisions, whole days, absence, holds.

A `Receiver` judges one answer and takes it into a `Book`. Answers come in the order of receipt; the
book ends up with the change points that are to be stored.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from icb.hub.book import Book, Key, KnownOrganization, Lasting, Place, Proof, last_accepted_day
from icb.hub.change_points import ABSENCE, COUNTED, HELD, Entry, left_out
from icb.hub.inputs import Answer, Problem, Receipt
from icb.hub.judging import (
    UNKNOWN_TYPE,
    ReadAnswer,
    TypeRule,
    check_ids,
    hold_reason,
    is_other_identity,
    is_whole_fall,
    read_answer,
)
from icb.kernel.days import ONE_DAY
from icb.kernel.quantity import Micro

ACCEPTED, QUARANTINED, DUPLICATE = "accepted", "quarantined", "duplicate"
REFUSED, SUPERSEDED = "refused", "superseded"


def content_of(answer: Answer, *, read: ReadAnswer) -> str:
    """The digest of everything an answer says about its day; a stamp is not part of it."""
    rows = sorted([*place, count] for place, count in read.counts.items())
    created = {id: day.isoformat() for id, day in answer.created.items()}
    odd = [[*problem] for problem in (*read.refused, *read.contradicted)]
    said = [answer.is_complete, rows, dict(answer.names), created, odd]
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class EarlyReading(NamedTuple):
    """An answer that was read before the lock was held, and by which types it was judged."""

    types: Mapping[str, TypeRule]
    read: ReadAnswer
    content: str

    def fits(self, types: Mapping[str, TypeRule]) -> bool:
        """Whether the types are still the same; one that is not known is as any that is not."""
        return all(
            self.types.get(key, UNKNOWN_TYPE) == types.get(key, UNKNOWN_TYPE)
            for key in self.types.keys() | types.keys()
        )


def read_early(answer: Answer, *, types: Mapping[str, TypeRule]) -> EarlyReading:
    """Read an answer and take its digest: what of an answer's judgment needs no lock."""
    read = read_answer(answer.rows, day=answer.day, types=types)
    return EarlyReading(types, read, content_of(answer, read=read))


class Receiver:
    """Takes one answer into a book. `snapshot` is the id under which the answer is recorded.

    An `early` reading that no longer fits the book's types is read again.
    """

    def __init__(
        self, book: Book, *, answer: Answer, snapshot: int, early: EarlyReading | None = None
    ) -> None:
        self.book = book
        self.answer = answer
        self.day = answer.day
        self.snapshot = snapshot
        self.stored = 0
        self.from_day: date | None = None  # readings changed from here on
        if early is None or not early.fits(book.types):
            early = read_early(answer, types=dict(book.types))
        self.read, content = early.read, early.content
        if self._check_new_ids():
            content = content_of(answer, read=self.read)
        self.proof = Proof(snapshot, answer.stamp, content)
        self.expected = self._with_zeros()

    def receive(self, *, is_decided: bool = False) -> Receipt:
        """Judge the answer and take it in. `is_decided`: a person accepted it as it stands."""
        state, problems = self._judge(is_decided=is_decided)
        if state == ACCEPTED:
            self._take_in(is_decided=is_decided)
        elif state == DUPLICATE:
            self._remember_stamp()
        return Receipt(state=state, revision=None, stored=self.stored, problems=problems)

    def _judge(self, *, is_decided: bool) -> tuple[str, list[Problem]]:
        read = self.read
        if read.refused:
            return REFUSED, read.refused
        if self._is_in_force():
            return DUPLICATE, []
        if not self._beats_anything():
            return SUPERSEDED, []
        if read.contradicted:
            return QUARANTINED, read.contradicted
        if is_decided or self.answer.settled is not None:
            return ACCEPTED, []
        if not read.counts and self.book.had_rows:
            return QUARANTINED, [_EMPTY]
        if self._is_whole_fall():
            return QUARANTINED, [_WHOLE_FALL]
        return ACCEPTED, []

    def _check_new_ids(self) -> bool:
        """Ids that were never seen are checked; known ones were. Whether any is none."""
        new = self.read.counts.keys() - self.book.keys.keys()
        if not any(check_ids(place[0], billing_type=place[1], row=0) for place in new):
            return False
        for number, row in enumerate(self.answer.rows, 1):
            if (row[0], row[1]) in new:
                new.discard((row[0], row[1]))
                problems = check_ids(row[0], billing_type=row[1], row=number)
                self.read.refused.extend(problems)
        return True

    def _with_zeros(self) -> dict[Place, Micro]:
        """The counts, with the zeros that a present organization's missing types mean."""
        implied = [key for key, rule in self.book.types.items() if rule.is_zero_when_absent]
        if not implied or not self.answer.is_complete or self.read.refused:
            return self.read.counts
        counts = dict(self.read.counts)
        for organization in {organization for organization, _ in self.read.counts}:
            for billing_type in implied:
                if self._is_usable(billing_type):
                    counts.setdefault((organization, billing_type), 0)
        return counts

    def _is_usable(self, billing_type: str) -> bool:
        retired_on = self.book.types[billing_type].retired_on
        return retired_on is None or self.day <= retired_on

    # Revisions

    def _is_in_force(self) -> bool:
        """Whether everything that the answer says is what is in force already."""
        book, day, content = self.book, self.day, self.proof.content
        if self.answer.is_complete:
            proof = book.proven.get(day)
            return (
                proof is not None
                and proof.content == content
                and not any(self._beats_key(key) for key in book.own_proofs.get(day, ()))
            )
        known = self._known_keys()
        if len(known) < max(len(self.read.counts), 1):
            return False
        said = [key for key in known if self._said_of(key) == content]
        # Of the other keys something newer is in force: there this answer changes nothing.
        return bool(said) and not any(
            self._beats_key(key) for key in known if self._said_of(key) != content
        )

    def _said_of(self, key: Key) -> str:
        proof = key.proofs.get(self.day)
        return proof.content if proof else ""

    def _known_keys(self) -> list[Key]:
        keys = self.book.keys
        return [keys[place] for place in self.read.counts if place in keys]

    def _beats(self, proof: Proof | None) -> bool:
        return proof is None or self.proof.rank > proof.rank

    def _beats_key(self, key: Key) -> bool:
        return self._beats(self.book.proof_of(key, day=self.day))

    def _beats_anything(self) -> bool:
        known = [] if self.answer.is_complete else self._known_keys()
        if any(self._beats_key(key) for key in known):
            return True
        says_more = self.answer.is_complete or len(known) < max(len(self.read.counts), 1)
        return says_more and self._beats(self.book.proven.get(self.day))

    def _remember_stamp(self) -> None:
        """The same content again: its higher stamp counts from now on."""
        book, stamp, day = self.book, self.answer.stamp, self.day
        if stamp is None:
            return
        if self.answer.is_complete:
            proof = book.proven[day]
            if proof.stamp is None or stamp > proof.stamp:
                book.proven[day] = proof._replace(stamp=stamp)
                book.proven_anew.add(day)
            return
        for key in self._known_keys():
            own = key.proofs.get(day)
            if own is None or own.content != self.proof.content:
                continue
            if own.stamp is None or stamp > own.stamp:
                book.prove_key(key, day=day, proof=own._replace(stamp=stamp))
                book.proven_alone.add((key, day))

    # Guards

    def _is_whole_fall(self) -> bool:
        zeros = [place for place, count in self.expected.items() if not count]
        fallen = sum(1 for place in zeros if self._was_above_zero(place))
        if not is_whole_fall(max(fallen, 5), now_zero=fallen):
            return False
        places: Iterable[Place] = self.book.keys if self.answer.is_complete else self.expected
        above = sum(1 for place in places if self._was_above_zero(place))
        return is_whole_fall(above, now_zero=fallen)

    def _was_above_zero(self, place: Place) -> bool:
        key = self.book.keys.get(place)
        if key is None or self._has_departed(place):
            return False
        before = key.history.accepted_at(self.day)
        return bool(before) and not self._is_fresh(key)

    def _has_departed(self, place: Place) -> bool:
        return any(
            lasting.organization == place[0]
            and lasting.decision == "departed"
            and lasting.billing_type in (None, place[1])
            and lasting.holds_on(self.day)
            for lasting in self.book.lasting
        )

    def _is_fresh(self, key: Key) -> bool:
        """Whether a resetting counter has no accepted count yet in this calendar month."""
        if not self.book.types.get(key.place[1], UNKNOWN_TYPE).is_resetting:
            return False
        last = last_accepted_day(self.book, key=key, day=self.day)
        return last is not None and (last.year, last.month) != (self.day.year, self.day.month)

    def _hold_reason(self, key: Key, *, count: Micro) -> str:
        before = key.history.accepted_at(self.day)
        reason = hold_reason(before, after=count, guards=self.book.guards)
        if reason and self.book.types.get(key.place[1], UNKNOWN_TYPE).is_resetting:
            is_exempt = reason == "rise" or self._is_fresh(key)
            return "" if is_exempt else reason
        return reason

    # Taking in

    def _take_in(self, *, is_decided: bool) -> None:
        book, day = self.book, self.day
        others = set() if is_decided else self._other_identities()
        self._mark_from(day)
        entries: dict[Key, Entry] = {}
        is_plain = not book.own_proofs.get(day)
        settled = self.answer.settled or {}
        for place, count in self.expected.items():
            key = book.keys.get(place) or self._new_key(place)
            if not is_plain and not self._beats_key(key):
                continue
            said = settled.get(place)
            if said is not None and said.state != COUNTED:
                entries[key] = Entry(said.state, count, said.reason, said.kept)
                continue
            history = key.history
            points = history.points
            last = points[-1] if points else None
            # The common case by far: the newest reading, counted, and the same again.
            if (
                last is not None
                and last.day <= day
                and last.entry.state == COUNTED
                and last.entry.value == count
                and place[0] not in others
            ):
                continue
            reason = "identity" if place[0] in others else ""
            if not reason and not is_decided and said is None:
                reason = self._hold_reason(key, count=count)
            entries[key] = self._entry(key, count=count, reason=reason)
        if self.answer.is_complete:
            is_judged = not is_decided and self.answer.settled is None
            entries.update(self._missing(is_judged=is_judged))
        self._write(entries)
        self.stored = len(self.read.counts)
        book.had_rows = book.had_rows or bool(self.read.counts)

    def _entry(self, key: Key, *, count: Micro, reason: str) -> Entry:
        if not reason:
            return Entry(COUNTED, count)
        is_proven = self.book.proof_of(key, day=self.day) is not None
        kept = key.history.at(self.day).accepted if is_proven else None
        return Entry(HELD, count, reason, kept)

    def _write(self, entries: dict[Key, Entry]) -> None:
        for key, entry in entries.items():
            self._put(key, entry=entry)
        self._end_decisions()
        book, day = self.book, self.day
        if self.answer.is_complete:
            for key in [key for key in book.own_proofs.get(day, ()) if self._beats_key(key)]:
                book.unprove_key(key, day=day)
                book.proven_alone.add((key, day))
            book.prove(day, proof=self.proof)
            book.proven_anew.add(day)
            return
        for key in self._known_keys():
            if self._beats_key(key):
                book.prove_key(key, day=day, proof=self.proof)
                book.proven_alone.add((key, day))

    def _missing(self, *, is_judged: bool) -> dict[Key, Entry]:
        """The known keys that a complete answer lacks, where nothing newer speaks for them."""
        book = self.book
        if len(self.expected) == len(book.keys):
            return {}
        missing = [book.keys[place] for place in book.keys.keys() - self.expected.keys()]
        missing = [key for key in missing if key.history.points and self._beats_key(key)]
        return {key: self._absence(key) if is_judged else ABSENCE for key in missing}

    def _absence(self, key: Key) -> Entry:
        """A gap where an earlier day carries; else the day's own count stands, and is held."""
        kept = key.history.at(self.day).accepted
        if kept is None or key.history.accepted_at(self.day - ONE_DAY) is not None:
            return ABSENCE
        return left_out(kept)

    def _put(self, key: Key, *, entry: Entry) -> None:
        day = self.day
        if entry.accepted is not None:
            self._mark_from(key.history.unaccepted_since(day) or day)
        following = self.book.next_proven(key, after=day)
        if key.history.put(day, entry=entry, source=self.snapshot, next_proven=following):
            self.book.touched.add(key)

    def _end_decisions(self) -> None:
        """Departed and carry end with an accepted count that arrives after they were made."""
        for lasting in self.book.lasting:
            if lasting.holds_on(self.day) and any(map(self._is_accepted, self._about(lasting))):
                lasting.end(self.day)

    def _about(self, lasting: Lasting) -> list[Place]:
        types = [lasting.billing_type] if lasting.billing_type else list(self.book.types)
        return [(lasting.organization, billing_type) for billing_type in types]

    def _is_accepted(self, place: Place) -> bool:
        if place not in self.expected:
            return False
        key = self.book.keys[place]
        return key.history.at(self.day).state == COUNTED and self._beats_key(key)

    def _new_key(self, place: Place) -> Key:
        book = self.book
        key = book.keys[place] = Key(place)
        book.types.setdefault(place[1], UNKNOWN_TYPE)
        if place[0] not in book.organizations:
            name = self.answer.names.get(place[0], place[0])
            created = self.answer.created.get(place[0])
            book.organizations[place[0]] = KnownOrganization(place[0], name, created)
        book.touched.add(key)
        return key

    def _mark_from(self, day: date) -> None:
        """Readings changed from this day on; so may those of the unproven days right before it."""
        days = self.book.proven_days
        index = bisect_left(days, day)
        start = min(day, days[index - 1] + ONE_DAY) if index else day
        self.from_day = start if self.from_day is None else min(self.from_day, start)

    def _other_identities(self) -> set[str]:
        """The ids that came back as somebody else; all other names and dates are taken over."""
        book, answer, others = self.book, self.answer, set()
        is_newest = not book.proven_days or book.proven_days[-1] <= self.day
        for id in answer.names.keys() | answer.created.keys():
            known = book.organizations.get(id)
            if known is None:
                continue
            name, created = answer.names.get(id), answer.created.get(id)
            if is_other_identity(
                known.name, known_created=known.created_on, name=name, created=created
            ):
                others.add(id)
                known.claimed_name, known.claimed_created_on = name or "", created
                known.is_changed = True
                continue
            if name and name != known.name and is_newest:
                known.name, known.is_changed = name, True
            if created and known.created_on is None:
                known.created_on, known.is_changed = created, True
        return others


_EMPTY = Problem(
    0, "rows", "empty", "The answer is empty, and this module had counts before. It waits for you."
)
_WHOLE_FALL = Problem(
    0, "rows", "whole_fall", "More than half of the counts above 0 came as 0. It waits for you."
)
