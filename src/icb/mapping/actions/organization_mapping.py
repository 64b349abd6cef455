"""What can be done with organization mappings: map, ignore and unmap module organizations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date
from operator import attrgetter
from typing import NamedTuple, Unpack

from icb.contracts.marks import mark_each
from icb.foundation.actor import Permission, require
from icb.foundation.bulk import fetch, ids_in, reserve_ids
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.hub.models import ModuleConnection, ModuleOrganization
from icb.kernel.errors import InvalidInput, Refused
from icb.kernel.problems import Problems, unknown
from icb.mapping.actions.meanwhile import changed_meanwhile
from icb.mapping.actions.storing import LOCK, record, store
from icb.mapping.inputs import Dated, MappingChange, NewOrganizationMapping
from icb.mapping.models import OrganizationMapping
from icb.mapping.placing import (
    EVER,
    Situation,
    Slot,
    Wording,
    check_ignored,
    check_order,
    cut,
    cut_from,
    place,
)
from icb.mapping.versions import version_of
from icb.organizations.actions import add_organizations
from icb.organizations.inputs import NewOrganization
from icb.organizations.models import UNMAPPABLE_TYPES, OrganizationType
from icb.organizations.queries import OrganizationRow, organizations

_FIELDS = tuple(field.name for field in fields(NewOrganizationMapping))
_values_of = attrgetter(*_FIELDS)
_DEFAULT = "the first day it was seen"
# So many are read one by one; more than that, with all of their modules.
_FEW = 200


class _Seen(NamedTuple):
    id: int
    first_seen_on: date | None


def map_organization(module: str, *, id: str, organization: str, **days: Unpack[Dated]) -> None:
    """Let an organization receive the bill for a module organization.

    `from_day` (default: the first day it was seen) to `until` (default: for good). A later start
    moves it: what stood before ends the day before. Raises NotFound; InvalidInput for an `until`
    before the start; Refused for an organization of type Dead or Cancelation, and where another
    mapping stands from the same day or a later one.
    """
    map_organizations([NewOrganizationMapping(module, id, organization=organization, **days)])


def ignore_organization(module: str, *, id: str, **days: Unpack[Dated]) -> None:
    """Bill nobody for a module organization, on purpose; days and errors as for mapping."""
    map_organizations([NewOrganizationMapping(module, id, ignore=True, **days)])


def map_organizations(news: Sequence[NewOrganizationMapping]) -> int:
    """Map and ignore many module organizations, in this order; how many were not so already.

    All or nothing: everything that is wrong is raised at once, as for `map_organization`.
    """
    with transaction(lock=LOCK):
        require(Permission.MAP)
        problems = Problems()
        book = _Book(news)
        for new, id_ in zip(news, reserve_ids(OrganizationMapping, count=len(news)), strict=True):
            with problems.noting(f"{new.module} {new.id}"):
                book.take(new, id_=id_)
        problems.raise_if_any()
        book.store("map_organizations")
        return len(book.taken)


def unmap_organization(module: str, *, id: str, from_day: date, reason: str = "") -> None:
    """End the mapping that is in force on a day the day before; from then on it is unmapped.

    Raises NotFound, and Refused where nothing is mapped on that day.
    """
    with transaction(lock=LOCK):
        require(Permission.MAP)
        new = NewOrganizationMapping(module, id, ignore=True, from_day=from_day, reason=reason)
        book = _Book([new])
        book.cut(new, from_day=from_day)
        book.store("unmap_organization")


def change_organization_mappings(changes: Sequence[MappingChange]) -> int:
    """Map, move and end many mappings from a day on, as somebody saved them on a page; how many.

    From its day on nothing else stands for a module organization that is mapped or ended. All or
    nothing; raises as `map_organizations`, and Refused (`changed_since`), naming who and when,
    where what stands is not what was `seen`.
    """
    with transaction(lock=LOCK):
        require(Permission.MAP)
        problems = Problems()
        news = [_new_of(change) for change in changes]
        book = _Book(news)
        ids = reserve_ids(OrganizationMapping, count=len(news))
        for change, new, id_ in zip(changes, news, ids, strict=True):
            with problems.noting(f"{change.module} {change.id}"):
                book.check_seen(new, seen=change.seen)
                if change.from_day is not None:
                    book.cut_from(new, from_day=change.from_day, is_end=_is_end(change))
                if not _is_end(change):
                    book.take(new, id_=id_)
        problems.raise_if_any()
        book.store("change_organization_mappings")
        return len(changes)


def map_to_new_organizations(
    news: Sequence[NewOrganization], *, changes: Sequence[MappingChange]
) -> int:
    """Add organizations and map to them, or do neither; how many mappings were changed.

    Raises as `add_organizations` and `change_organization_mappings`.
    """
    with transaction(lock=LOCK):
        require(Permission.MANAGE_ORGANIZATIONS)
        add_organizations(news)
        return change_organization_mappings(changes)


def _is_end(change: MappingChange) -> bool:
    return not change.organization and not change.ignore


def _new_of(change: MappingChange) -> NewOrganizationMapping:
    """The mapping that a change asks for; of an end, who and why it is about."""
    if _is_end(change) and change.from_day is None:
        raise InvalidInput(
            field="from",
            message=f"{change.module} {change.id}: from: a mapping ends from a day on. Nothing was "
            "stored. Give the first day without it.",
        )
    return NewOrganizationMapping(
        change.module,
        change.id,
        organization=change.organization,
        ignore=change.ignore or _is_end(change),
        from_day=change.from_day,
        reason=change.reason,
    )


class _Book:
    """The mappings of some module organizations, and what is to become of them."""

    def __init__(self, news: Sequence[NewOrganizationMapping]) -> None:
        self.taken: list[NewOrganizationMapping] = []
        self._seen = _seen(news)
        self._clients = {row.key: row for row in organizations()}
        self._by_id = {row.id: row.key for row in self._clients.values()}
        self._slots = _slots(seen.id for seen in self._seen.values())
        self._owners: dict[int, int] = {}  # module organization by mapping
        self._affected: dict[int, date] = {}  # first day by organization
        self._today = local_today()

    def take(self, new: NewOrganizationMapping, *, id_: int) -> None:
        """Place one new mapping."""
        check_order(new.from_day, until=new.until)
        check_ignored(new.ignore, field="organization", target=new.organization)
        seen = self._find(new)
        target = None if new.ignore else self._client(new.organization).id
        slot = Slot(id_, target, new.from_day, new.until, reason=new.reason, is_new=True)
        among = self._slots[seen.id]
        before = [one.target for one in among]
        named = {one: self._named(one) for one in {*before, target}}
        wording = Wording(named, _DEFAULT)
        situation = Situation(seen.first_seen_on or EVER, self._today, wording)
        first = place(slot, among=among, situation=situation)
        if first is None:
            return
        self._owners[id_] = seen.id
        self._affect([*before, target], first)
        self.taken.append(new)

    def cut(self, new: NewOrganizationMapping, *, from_day: date) -> None:
        """End what is in force on a day."""
        seen = self._find(new)
        ended = cut(self._slots[seen.id], from_day=from_day)
        if not ended:
            raise Refused(
                "not_mapped",
                f"{new.module} {new.id} is not mapped on {from_day}. Nothing was changed. Give a "
                "day on which it is.",
            )
        self._affect([slot.target for slot in ended], from_day)
        self.taken.append(new)

    def cut_from(self, new: NewOrganizationMapping, *, from_day: date, is_end: bool) -> None:
        """End everything that stands from a day on; an end needs something to end."""
        seen = self._find(new)
        ended = cut_from(self._slots[seen.id], from_day=from_day)
        self._affect([slot.target for slot in ended], from_day)
        if is_end and not ended:
            raise Refused(
                "not_mapped",
                f"{new.module} {new.id} is not mapped from {from_day} on. Nothing was stored. "
                "Give a day before its mapping ends.",
            )
        if is_end:
            self.taken.append(new)

    def check_seen(self, new: NewOrganizationMapping, *, seen: str) -> None:
        """Refuse where something else stands than whoever changes it saw."""
        id_ = self._find(new).id
        slots = self._slots[id_]
        stands = version_of((slot.id, slot.starts_on, slot.ends_on) for slot in slots)
        if seen and seen != stands:
            today = [one for one in slots if one.days().contains(self._today)]
            target = self._named(today[0].target) if today else ""
            raise changed_meanwhile(id_, name=f"{new.module} {new.id}", stands=target)

    def store(self, action: str) -> None:
        """Write everything, with marks and one audit event."""
        if not self.taken:
            return
        store(
            OrganizationMapping,
            slots=(slot for slots in self._slots.values() for slot in slots),
            columns=("module_organization_id", "organization_id"),
            values={
                slot.id: (self._owners[slot.id], slot.target)
                for slots in self._slots.values()
                for slot in slots
                if slot.is_new
            },
        )
        _mark(self._affected)
        record(
            action,
            subjects=[f"{new.module} {new.id}" for new in self.taken],
            fields=_FIELDS,
            rows=[_values_of(new) for new in self.taken],
        )

    def _find(self, new: NewOrganizationMapping) -> _Seen:
        if (new.module, new.id) in self._seen:
            return self._seen[new.module, new.id]
        modules = list(ModuleConnection.objects.values_list("key", flat=True))
        if new.module not in modules:
            raise unknown("module", key=new.module, known=modules)
        known = ModuleOrganization.objects.filter(connection__key=new.module)
        raise unknown(
            "module organization",
            key=new.id,
            known=list(known.values_list("external_id", flat=True)),
            where=f"in module {new.module}",
        )

    def _client(self, key: str) -> OrganizationRow:
        if not key:
            raise InvalidInput(
                field="organization",
                message="organization: it is missing. Nothing was stored. Give one, or ignore.",
            )
        if key not in self._clients:
            raise unknown("organization", key=key, known=self._clients)
        row = self._clients[key]
        if row.type in UNMAPPABLE_TYPES:
            raise Refused(
                "organization_not_mappable",
                f"organization {key} is of type {OrganizationType(row.type).label}: nobody would "
                "receive the bill. Nothing was stored. Choose another organization, or change "
                "its type.",
                organization=key,
            )
        return row

    def _named(self, target: int | None) -> str:
        return "nobody (ignored)" if target is None else self._by_id[target]

    def _affect(self, targets: Iterable[int | None], first: date) -> None:
        for target in targets:
            if target is not None:
                self._affected[target] = min(first, self._affected.get(target, first))


def _seen(news: Sequence[NewOrganizationMapping]) -> dict[tuple[str, str], _Seen]:
    """The module organizations by module key and id."""
    found = ModuleOrganization.objects.filter(connection__key__in={new.module for new in news})
    if len(news) <= _FEW:
        found = found.filter(external_id__in={new.id for new in news})
    rows = found.values_list("connection__key", "external_id", "pk", "first_seen_on")
    return {(module, id_): _Seen(pk, first) for module, id_, pk, first in rows}


def _slots(module_organization_ids: Iterable[int]) -> dict[int, list[Slot]]:
    chosen, params = ids_in("module_organization_id", ids=module_organization_ids)
    rows = fetch(
        f"""
        SELECT module_organization_id, id, organization_id, starts_on, ends_on
        FROM organization_mapping WHERE {chosen} ORDER BY id
        """,
        params,
    )
    slots: dict[int, list[Slot]] = defaultdict(list)
    for owner, *values in rows:
        slots[owner].append(Slot(*values))
    return slots


def _mark(affected: dict[int, date]) -> None:
    """Mark the contracts of each organization that still run on the day."""
    chosen, params = ids_in("organization_id", ids=affected)
    rows = fetch(
        f"SELECT id, organization_id, starts_on, ends_on FROM contract WHERE {chosen}", params
    )
    mark_each(
        {
            contract: max(affected[organization], starts_on)
            for contract, organization, starts_on, ends_on in rows
            if ends_on is None or ends_on >= affected[organization]
        }
    )
