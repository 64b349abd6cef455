"""What a person decides about counts that cannot be trusted (rules, sections 5 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial

from icb.foundation import audit
from icb.foundation.actor import current_actor, require
from icb.foundation.bulk import insert_rows
from icb.foundation.permissions import Permission
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.hub.book import Book, Key, Place, end_by, first_proven, open_from
from icb.hub.book_actions import store_book
from icb.hub.book_queries import Shelf, load_book
from icb.hub.change_points import ABSENCE, ABSENT, COUNTED, HELD, REJECTED, Entry
from icb.hub.follow_actions import ToFollow, mark_to_follow
from icb.hub.kept_rows import from_text
from icb.hub.models import (
    CountDecision,
    CountMark,
    Decision,
    ModuleConnection,
    ModuleOrganization,
    Snapshot,
    SnapshotState,
)
from icb.hub.module_queries import connection_named
from icb.hub.reading import KeyRun, Reading
from icb.hub.reading_queries import readings
from icb.hub.receiving import ACCEPTED, Receiver
from icb.kernel import clock
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.errors import InvalidInput, NotFound, Refused


def accepted_entry(entry: Entry) -> Entry:
    """A held count that a person takes as it was said; what was left out was never there."""
    if entry.state != HELD:
        return entry
    return ABSENCE if entry.reason == ABSENT else Entry(COUNTED, entry.value)


def rejected_entry(entry: Entry) -> Entry:
    """A held count that is dropped: the day's own accepted count stands, else the last carries."""
    if entry.state != HELD:
        return entry
    if entry.kept is not None:
        return Entry(COUNTED, entry.kept)
    return Entry(REJECTED, entry.value, entry.reason)


_CHANGES: dict[str, Callable[[Entry], Entry]] = {
    Decision.ACCEPT: accepted_entry,
    Decision.REJECT: rejected_entry,
}


def decide(
    module_organization_ids: Sequence[int],
    *,
    billing_type: str | None = None,
    from_day: date,
    decision: str,
    reason: str = "",
) -> None:
    """Answer the holds of module organizations, of one billing type or of all, from a day on.

    `accept` takes every held count from that day on and judges nothing else again; `reject` drops
    them, so that the last accepted count carries without a hold. `departed` ends cover, `carry`
    carries over a gap, and over a day whose newer answer left the key out; both end by themselves
    with the first accepted count after the gap that they are about, and with any that arrives
    later.
    """
    if decision not in Decision.values:
        raise InvalidInput(
            field="decision",
            value=decision,
            message=f"decision: {decision} is none of {', '.join(Decision.values)}. "
            "Nothing was changed. Give one of them.",
        )
    with transaction():
        require(Permission.DECIDE)
        deciding = _Deciding(billing_type, from_day, decision, reason)
        for connection, organizations in _by_connection(module_organization_ids):
            with transaction(lock=f"hub:{connection.pk}"):
                deciding.decide(connection, organizations)
        deciding.check_answered()
        audit.record(
            "decide",
            subject=", ".join(deciding.names),
            data={
                "billing_type": billing_type,
                "from": from_day.isoformat(),
                "decision": decision,
                "reason": reason,
            },
        )


def take_over_decision(
    module_organization_id: int,
    *,
    billing_type: str | None,
    decision: str,
    days: DayRange,
    reason: str = "",
) -> None:
    """Take over a departed or carry as it stands in other books: it holds on `days`.

    Where they are open (to `date.max`) no count has ended it there, and the next one that arrives
    does. The counts that are here already are not asked: those books knew them too.
    """
    if decision not in (Decision.DEPARTED, Decision.CARRY):
        raise InvalidInput(
            field="decision",
            value=decision,
            message=f"decision: {decision} does not last. Nothing was changed. Give departed or "
            "carry.",
        )
    with transaction():
        require(Permission.DECIDE)
        deciding = _Deciding(billing_type, days.start, decision, reason, taken_over=days)
        for connection, organizations in _by_connection([module_organization_id]):
            with transaction(lock=f"hub:{connection.pk}"):
                deciding.decide(connection, organizations)
        audit.record(
            "take_over_decision",
            subject=", ".join(deciding.names),
            data={
                "billing_type": billing_type,
                "from": days.start.isoformat(),
                "until": None if days.end == date.max else days.end.isoformat(),
                "decision": decision,
                "reason": reason,
            },
        )


def decide_quarantined(
    connection: str, *, from_day: date, decision: str, reason: str = ""
) -> list[str]:
    """Accept or reject all quarantined answers of a module from a day on.

    Accepted answers are taken in order of receipt, without a guard; one that a newer answer has
    overtaken is superseded. Gives what became of each.
    """
    if decision not in (Decision.ACCEPT, Decision.REJECT):
        raise InvalidInput(
            field="decision",
            value=decision,
            message=f"decision: a quarantined answer is accepted or rejected, not {decision}. "
            "Nothing was changed. Give accept or reject.",
        )
    module = connection_named(connection)
    with transaction(lock=f"hub:{module.pk}"):
        require(Permission.DECIDE)
        waiting = list(
            Snapshot.objects.filter(
                connection=module, state=SnapshotState.QUARANTINED, day__gte=from_day
            )
            .select_related("kept_rows")
            .order_by("id")
        )
        if not waiting:
            raise Refused(
                "nothing_quarantined",
                f"{module.key} has no quarantined answer from {from_day} on. Nothing was changed.",
            )
        is_accepted = decision == Decision.ACCEPT
        states = _accept(module, waiting) if is_accepted else ["rejected"] * len(waiting)
        for snapshot, state in zip(waiting, states, strict=True):
            Snapshot.objects.filter(pk=snapshot.pk).update(state=state)
        audit.record(
            "decide_quarantined",
            subject=module.key,
            data={
                "snapshots": {str(s.pk): state for s, state in zip(waiting, states, strict=True)},
                "decision": decision,
                "reason": reason,
            },
        )
    return states


def _accept(module: ModuleConnection, waiting: Sequence[Snapshot]) -> list[str]:
    first, last = min(s.day for s in waiting), max(s.day for s in waiting)
    shelf = load_book(module, first=first, last=last)
    states, marks = [], []
    for snapshot in waiting:
        answer = from_text(
            snapshot.kept_rows.rows,
            day=snapshot.day,
            is_complete=snapshot.is_complete,
            stamp=snapshot.stamp,
        )
        receiver = Receiver(shelf.book, answer=answer, snapshot=snapshot.pk)
        if receiver.read.contradicted:
            raise Refused(
                "contradictory_answer",
                f"The answer of {module.key} for {snapshot.day} says two different counts for one "
                "key, so it cannot be accepted. Nothing was changed. Reject it and sync again.",
            )
        receipt = receiver.receive(is_decided=True)
        states.append(ACCEPTED if receipt.state == ACCEPTED else "superseded")
        if receipt.state == ACCEPTED:
            marks.append((snapshot.pk, None, receiver.from_day or snapshot.day))
        store_book(shelf, at=clock.now())
    insert_rows(CountMark, columns=("snapshot_id", "count_key_id", "from_day"), rows=marks)
    mark_to_follow(
        ToFollow(module.pk, from_day, snapshot=snapshot) for snapshot, _, from_day in marks
    )
    return states


class _Deciding:
    """One decision, over all module organizations that it is about."""

    def __init__(
        self,
        billing_type: str | None,
        from_day: date,
        decision: str,
        reason: str,
        *,
        taken_over: DayRange | None = None,
    ) -> None:
        self.billing_type = billing_type
        self.from_day = from_day
        self.decision = decision
        self.reason = reason
        self.taken_over = taken_over
        self.names: list[str] = []
        self.changed = 0

    def decide(
        self, connection: ModuleConnection, organizations: Sequence[ModuleOrganization]
    ) -> None:
        ids = [organization.external_id for organization in organizations]
        self.names += [f"{connection.key} {id}" for id in ids]
        shelf = load_book(connection, first=self.from_day, last=None, organizations=ids)
        if self.billing_type is not None and self.billing_type not in shelf.billing_types:
            raise NotFound(
                "billing_type_not_found",
                f"billing_type: {connection.key} has no {self.billing_type}. Nothing was changed.",
            )
        keys = [key for key in shelf.book.keys.values() if self._is_about(key)]
        opened = {key: open_from(shelf.book, key=key, day=self.from_day) for key in keys}
        if self.decision in _CHANGES:
            keys = self._answer(shelf, keys)
        self._record(shelf)
        marks = [(None, key.row, opened[key]) for key in keys]
        insert_rows(CountMark, columns=("snapshot_id", "count_key_id", "from_day"), rows=marks)
        mark_to_follow(
            ToFollow(connection.pk, from_day, count_key=key) for _, key, from_day in marks
        )

    def check_answered(self) -> None:
        """A decision on held counts needs some."""
        if self.decision in _CHANGES and not self.changed:
            raise Refused(
                "nothing_held",
                f"{', '.join(self.names)} has no held count from {self.from_day} on. Nothing was "
                "changed. Choose the first day of the hold; for a gap say carry or departed.",
            )

    def _is_about(self, key: Key) -> bool:
        return self.billing_type in (None, key.place[1])

    def _answer(self, shelf: Shelf, keys: Sequence[Key]) -> list[Key]:
        """Accept or drop the held counts; the keys that had some."""
        book, changed = shelf.book, []
        accepted: dict[Place, date] = {}
        for key in keys:
            before = set(key.history.points)
            if not key.history.rewrite(
                self.from_day,
                change=_CHANGES[self.decision],
                next_proven=partial(first_proven, book=book, key=key),
            ):
                continue
            changed.append(key)
            new = [point for point in key.history.points if point not in before]
            counted = [point.day for point in new if point.entry.state == COUNTED]
            if counted and self.decision == Decision.ACCEPT:
                accepted[key.place] = counted[0]
        book.touched.update(changed)
        self.changed += len(changed)
        self._settle_claims(book, changed)
        end_by(book, accepted=accepted)
        store_book(shelf, at=clock.now())
        return changed

    def _settle_claims(self, book: Book, changed: Iterable[Key]) -> None:
        """An accepted identity is the organization's from now on."""
        for id in {key.place[0] for key in changed}:
            known = book.organizations[id]
            if not known.claimed_name:
                continue
            if self.decision == Decision.ACCEPT:
                known.name, known.created_on = known.claimed_name, known.claimed_created_on
            known.claimed_name, known.claimed_created_on = "", None
            known.is_changed = True

    def _record(self, shelf: Shelf) -> None:
        """One row per organization; carry ends key by key, so it has a row for each type."""
        types: dict[str, Sequence[int | None]] = {}
        for id in shelf.organizations:
            if self.billing_type is not None:
                types[id] = [shelf.billing_types[self.billing_type]]
            elif self.decision == Decision.CARRY:
                types[id] = [
                    shelf.billing_types[kind] for org, kind in shelf.book.keys if org == id
                ]
            else:
                types[id] = [None]
        returned = self._returned(shelf)
        CountDecision.objects.bulk_create(
            CountDecision(
                module_organization_id=shelf.organizations[id],
                billing_type_id=kind,
                decision=self.decision,
                from_day=self.from_day,
                until_day=self._until_day(returned.get((id, kind))),
                reason=self.reason,
                actor=current_actor(),
                decided_at=clock.now(),
            )
            for id, kinds in types.items()
            for kind in kinds
        )

    def _until_day(self, returned: date | None) -> date | None:
        """The first day on which it no longer holds; None while it lasts."""
        if self.taken_over is None:
            return returned
        return None if self.taken_over.end == date.max else self.taken_over.end

    def _returned(self, shelf: Shelf) -> dict[tuple[str, int | None], date]:
        """Where counts came back before the decision was made: the first day after the gap.

        By organization and billing type, and by organization alone (None).
        """
        if self.decision in _CHANGES or self.taken_over is not None:
            return {}
        keys = {key.row: key for key in shelf.book.keys.values() if self._is_about(key)}
        found: dict[tuple[str, int | None], date] = {}
        runs_of = readings(keys, start=self.from_day, end=local_today() + ONE_DAY)
        for row, runs in runs_of.items():
            organization, kind = keys[row].place
            day = _first_count_after_gap(runs)
            if day is None:
                continue
            for place in ((organization, shelf.billing_types[kind]), (organization, None)):
                found[place] = min(day, found.get(place, day))
        return found


def _first_count_after_gap(runs: Sequence[KeyRun]) -> date | None:
    was_gap = False
    for run in runs:
        if run.status == Reading.COUNTED and was_gap:
            return run.start
        was_gap = was_gap or run.status != Reading.COUNTED
    return None


def _by_connection(
    ids: Sequence[int],
) -> Iterable[tuple[ModuleConnection, list[ModuleOrganization]]]:
    found = ModuleOrganization.objects.filter(pk__in=ids).select_related("connection")
    rows = sorted(found, key=lambda row: (row.connection_id, row.pk))
    if len(rows) != len(set(ids)) or not rows:
        raise NotFound(
            "module_organization_not_found",
            "A module organization was not found. Nothing was changed. List them to see their ids.",
        )
    connections = {row.connection_id: row.connection for row in rows}
    return [
        (connection, [row for row in rows if row.connection_id == id])
        for id, connection in connections.items()
    ]
