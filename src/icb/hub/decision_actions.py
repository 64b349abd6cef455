"""What a person decides about counts that cannot be trusted (rules, sections 5 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import NamedTuple

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
from icb.hub.models import (
    CountDecision,
    CountMark,
    Decision,
    ModuleConnection,
    ModuleOrganization,
)
from icb.hub.reading import KeyRun, Reading
from icb.hub.reading_queries import readings
from icb.kernel import clock
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.errors import IcbError, InvalidInput, NotFound, Refused


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
    _check_decision(decision)
    with transaction():
        require(Permission.DECIDE)
        deciding = _Deciding(decision, reason)
        names, answered = [], 0
        for connection, organizations in _by_connection(module_organization_ids):
            with transaction(lock=f"hub:{connection.pk}"):
                about = _About(organizations, billing_type, from_day)
                answered += deciding.decide(connection, [about])
                names += about.names(connection)
                if about.refused:
                    raise about.refused
        if not answered:
            raise _nothing_held(names, from_day)
        audit.record(
            "decide",
            subject=", ".join(names),
            data={
                "billing_type": billing_type,
                "from": from_day.isoformat(),
                "decision": decision,
                "reason": reason,
            },
        )


class HeldPlace(NamedTuple):
    """What is held: a billing type at a module organization, from a day on."""

    module_organization: int
    billing_type: str
    from_day: date


def decide_holds(
    holds: Sequence[HeldPlace], *, decision: str, reason: str = ""
) -> list[IcbError | None]:
    """Answer holds of single billing types alike, each from its own day on: what refused each.

    As `decide` for each of them, with one book for each module; nothing is stored of what is
    refused, and it is for the caller to raise. No two of `holds` are about the same counts.
    """
    _check_decision(decision)
    places = {id: [hold for hold in holds if hold.module_organization == id] for id, _, _ in holds}
    told: list[dict[str, str]] = []
    refused: dict[HeldPlace, IcbError] = {}
    with transaction():
        require(Permission.DECIDE)
        deciding = _Deciding(decision, reason)
        for connection, organizations in _by_connection(places) if places else ():
            known = {hold: row for row in organizations for hold in places[row.pk]}
            abouts = {
                hold: _About([row], hold.billing_type, hold.from_day) for hold, row in known.items()
            }
            with transaction(lock=f"hub:{connection.pk}"):
                deciding.decide(connection, list(abouts.values()))
            for hold, about in abouts.items():
                (name,) = about.names(connection)
                if about.is_answered:
                    day = hold.from_day.isoformat()
                    told.append({"of": name, "billing_type": hold.billing_type, "from": day})
                else:
                    refused[hold] = about.refused or _nothing_held([name], hold.from_day)
        if told:
            audit.record(
                "decide_holds",
                subject=", ".join(sorted({hold["of"] for hold in told})),
                data={"holds": told, "decision": decision, "reason": reason},
            )
    return [refused.get(hold) for hold in holds]


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
        ((connection, organizations),) = _by_connection([module_organization_id])
        about = _About(organizations, billing_type, days.start)
        with transaction(lock=f"hub:{connection.pk}"):
            _Deciding(decision, reason, taken_over=days).decide(connection, [about])
        if about.refused:
            raise about.refused
        audit.record(
            "take_over_decision",
            subject=", ".join(about.names(connection)),
            data={
                "billing_type": billing_type,
                "from": days.start.isoformat(),
                "until": None if days.end == date.max else days.end.isoformat(),
                "decision": decision,
                "reason": reason,
            },
        )


def _check_decision(decision: str) -> None:
    if decision not in Decision.values:
        raise InvalidInput(
            field="decision",
            value=decision,
            message=f"decision: {decision} is none of {', '.join(Decision.values)}. "
            "Nothing was changed. Give one of them.",
        )


def _nothing_held(names: Sequence[str], from_day: date) -> Refused:
    """What refuses a decision on held counts where there are none."""
    return Refused(
        "nothing_held",
        f"{', '.join(names)} has no held count from {from_day} on. Nothing was changed. Choose "
        "the first day of the hold; for a gap say carry or departed.",
    )


@dataclass(slots=True)
class _About:
    """What is decided: module organizations of one module, one billing type of them or all, from
    a day on."""

    organizations: Sequence[ModuleOrganization]
    billing_type: str | None
    from_day: date
    is_answered: bool = False
    refused: IcbError | None = None  # for what was not answered and is no matter of held counts

    @property
    def ids(self) -> list[str]:
        """What the vendor calls them."""
        return [organization.external_id for organization in self.organizations]

    def names(self, connection: ModuleConnection) -> list[str]:
        """How people know them."""
        return [f"{connection.key} {id}" for id in self.ids]

    def keys(self, book: Book) -> list[Key]:
        """The keys that it is about."""
        ids = set(self.ids)
        return [key for key in book.keys.values() if self.is_about(key) and key.place[0] in ids]

    def is_about(self, key: Key) -> bool:
        """Whether it is about counts of the key's type."""
        return self.billing_type in (None, key.place[1])


class _Deciding:
    """One decision, on whatever it is about."""

    def __init__(self, decision: str, reason: str, *, taken_over: DayRange | None = None) -> None:
        self.decision = decision
        self.reason = reason
        self.taken_over = taken_over

    def decide(self, connection: ModuleConnection, abouts: Sequence[_About]) -> int:
        """Decide each and mark it as answered, unless it needs held counts and has none; how many
        were answered. One book is read for all of them."""
        shelf = load_book(
            connection,
            first=min(about.from_day for about in abouts),
            last=None,
            organizations=[id for about in abouts for id in about.ids],
        )
        returned = self._returned(shelf, abouts)
        marks: list[tuple[None, int, date]] = []
        for about in abouts:
            about.refused = _unknown_type(shelf, about.billing_type)
            if about.refused:
                continue
            keys = about.keys(shelf.book)
            opened = {key: open_from(shelf.book, key=key, day=about.from_day) for key in keys}
            if self.decision in _CHANGES:
                keys = self._answer(shelf.book, about, keys)
            about.is_answered = bool(keys) or self.decision not in _CHANGES
            marks += [(None, key.row, opened[key]) for key in keys]
        answered = [about for about in abouts if about.is_answered]
        if answered and self.decision in _CHANGES:
            store_book(shelf, at=clock.now())
        self._record(shelf, answered, returned)
        insert_rows(CountMark, columns=("snapshot_id", "count_key_id", "from_day"), rows=marks)
        mark_to_follow(
            ToFollow(connection.pk, from_day, count_key=key) for _, key, from_day in marks
        )
        return len(answered)

    def _answer(self, book: Book, about: _About, keys: Sequence[Key]) -> list[Key]:
        """Accept or drop the held counts; the keys that had some."""
        changed = []
        accepted: dict[Place, date] = {}
        for key in keys:
            before = set(key.history.points)
            if not key.history.rewrite(
                about.from_day,
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
        self._settle_claims(book, changed)
        end_by(book, accepted=accepted)
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

    def _record(
        self,
        shelf: Shelf,
        abouts: Sequence[_About],
        returned: Mapping[date, Mapping[tuple[str, int | None], date]],
    ) -> None:
        """One row per organization; carry ends key by key, so it has a row for each type."""
        CountDecision.objects.bulk_create(
            CountDecision(
                module_organization_id=shelf.organizations[id],
                billing_type_id=kind,
                decision=self.decision,
                from_day=about.from_day,
                until_day=self._until_day(returned.get(about.from_day, {}).get((id, kind))),
                reason=self.reason,
                actor=current_actor(),
                decided_at=clock.now(),
            )
            for about in abouts
            for id in about.ids
            for kind in self._kinds(shelf, about, id)
        )

    def _kinds(self, shelf: Shelf, about: _About, id: str) -> list[int | None]:
        if about.billing_type is not None:
            return [shelf.billing_types[about.billing_type]]
        if self.decision != Decision.CARRY:
            return [None]
        return [shelf.billing_types[kind] for org, kind in shelf.book.keys if org == id]

    def _until_day(self, returned: date | None) -> date | None:
        """The first day on which it no longer holds; None while it lasts."""
        if self.taken_over is None:
            return returned
        return None if self.taken_over.end == date.max else self.taken_over.end

    def _returned(
        self, shelf: Shelf, abouts: Sequence[_About]
    ) -> dict[date, dict[tuple[str, int | None], date]]:
        """Where counts came back before the decision was made: the first day after the gap.

        By the day decided from, then by organization and billing type, and by organization alone
        (None).
        """
        if self.decision in _CHANGES or self.taken_over is not None:
            return {}
        keys = {key.row: key for about in abouts for key in about.keys(shelf.book)}
        runs_of = readings(keys, start=shelf.first, end=local_today() + ONE_DAY)
        found: dict[date, dict[tuple[str, int | None], date]] = {}
        for about in abouts:
            days = found.setdefault(about.from_day, {})
            for key in about.keys(shelf.book):
                later = [run for run in runs_of.get(key.row, ()) if run.end > about.from_day]
                day = _first_count_after_gap(later)
                if day is None:
                    continue
                organization, kind = key.place
                for place in ((organization, shelf.billing_types[kind]), (organization, None)):
                    days[place] = min(day, days.get(place, day))
        return found


def _unknown_type(shelf: Shelf, billing_type: str | None) -> NotFound | None:
    if billing_type is None or billing_type in shelf.billing_types:
        return None
    return NotFound(
        "billing_type_not_found",
        f"billing_type: {shelf.connection.key} has no {billing_type}. Nothing was changed.",
    )


def _first_count_after_gap(runs: Sequence[KeyRun]) -> date | None:
    was_gap = False
    for run in runs:
        if run.status == Reading.COUNTED and was_gap:
            return run.start
        was_gap = was_gap or run.status != Reading.COUNTED
    return None


def _by_connection(
    ids: Collection[int],
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
