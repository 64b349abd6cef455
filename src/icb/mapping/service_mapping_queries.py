"""Loads what placing service mappings on many contracts needs, in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from icb.contracts.covers import cover
from icb.contracts.models import Contract
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.hub.models import ModuleConnection
from icb.kernel.days import DayRange
from icb.kernel.period import Anchor, PeriodLength, period_containing
from icb.kernel.problems import unknown
from icb.mapping.feeds import counting_rule
from icb.mapping.placing import Slot
from icb.mapping.policies import Choice
from icb.rating.terms import CountingRule

_FEW = 200


class Agreement(NamedTuple):
    """A contract that billing types are mapped on."""

    id: int
    key: str
    organization_id: int
    organization: str
    starts_on: date
    ends_on: date | None
    billing: str
    period: str
    anchor: str

    @property
    def cover(self) -> DayRange:
        """The contract's days, half-open."""
        return cover(self.starts_on, ends_on=self.ends_on)

    def first_day_of_period(self, day: date) -> date:
        """The first day that the contract has in the period of a day."""
        period = period_containing(
            max(day, self.starts_on),
            starts_on=self.starts_on,
            length=PeriodLength(self.period),
            anchor=Anchor(self.anchor),
        )
        return max(period.start, self.starts_on)


class MappableType(NamedTuple):
    """A billing type of a module."""

    id: int
    module: str
    key: str
    counting: CountingRule


class Agreements:
    """Contracts with their services, choices and mappings, and those of the same organizations."""

    def __init__(self) -> None:
        self.today = local_today()
        self._contracts: dict[str, Agreement] = {}
        self._by_id: dict[int, Agreement] = {}
        self._types: dict[tuple[str, str], MappableType] = {}
        self._services: dict[tuple[int, str], int] = {}
        self._service_names: dict[int, str] = {}
        self._choices: dict[int, list[Choice]] = defaultdict(list)
        self._slots: dict[tuple[int, int], list[Slot]] = defaultdict(list)
        self._takers: dict[tuple[int, int], set[int]] = defaultdict(set)
        self._countings: dict[int, dict[int, CountingRule]] = defaultdict(dict)
        self._driving: dict[int, list[Slot]] = defaultdict(list)

    def contract(self, key: str) -> Agreement:
        """The contract with this key, or NotFound."""
        if key not in self._contracts:
            known = Contract.objects.values_list("key", flat=True)
            raise unknown("contract", key=key, known=list(known))
        return self._contracts[key]

    def billing_type(self, module: str, *, key: str) -> MappableType:
        """The module's billing type with this key, or NotFound."""
        if (module, key) in self._types:
            return self._types[module, key]
        modules = list(ModuleConnection.objects.values_list("key", flat=True))
        if module not in modules:
            raise unknown("module", key=module, known=modules)
        known = [type_ for owner, type_ in self._types if owner == module]
        raise unknown("billing type", key=key, known=known, where=f"in module {module}")

    def contract_service(self, agreement: Agreement, *, key: str) -> int:
        """The id of the contract's service with this key, or NotFound."""
        if (agreement.id, key) in self._services:
            return self._services[agreement.id, key]
        known = [service for contract, service in self._services if contract == agreement.id]
        raise unknown("service", key=key, known=known, where=f"on contract {agreement.key}")

    def names(self, targets: Iterable[int | None]) -> dict[int | None, str]:
        """How messages name targets of mappings."""
        return {
            target: "nothing (ignored)" if target is None else self._service_names[target]
            for target in targets
        }

    def slots(self, agreement: Agreement, *, kind: MappableType) -> list[Slot]:
        """The mappings of a billing type on a contract; what is appended counts as known."""
        self._takers[agreement.organization_id, kind.id].add(agreement.id)
        return self._slots[agreement.id, kind.id]

    def all_slots(self) -> Iterator[Slot]:
        """Every mapping that was loaded or added."""
        for slots in self._slots.values():
            yield from slots

    def elsewhere(
        self, agreement: Agreement, *, kind: MappableType
    ) -> Iterator[tuple[Agreement, DayRange]]:
        """On which other contracts of the organization the billing type drives, and when."""
        for other_id in self._takers.get((agreement.organization_id, kind.id), ()):
            if other_id == agreement.id:
                continue
            other = self._by_id[other_id]
            for slot in self._slots[other_id, kind.id]:
                days = slot.days().intersect(other.cover)
                if slot.target is not None and not slot.is_removed and days:
                    yield other, days

    def choices(self, contract_service: int) -> list[Choice]:
        """The choices of unit changes of a contract service, in order; may be added to."""
        return self._choices[contract_service]

    def countings_of(self, contract_service: int, *, besides: int) -> list[CountingRule]:
        """How what else drives a contract service is counted."""
        driving = self._countings.get(contract_service, {})
        return [counting for type_, counting in driving.items() if type_ != besides]

    def is_driven(self, contract_service: int, *, from_day: date) -> bool:
        """Whether anything drives a contract service on a day from `from_day` on."""
        return any(
            not slot.is_removed and slot.days().end > from_day
            for slot in self._driving.get(contract_service, ())
        )

    def drive(self, contract_service: int, *, kind: MappableType, slot: Slot) -> None:
        """Count a mapping as driving a contract service."""
        self._countings[contract_service][kind.id] = kind.counting
        self._driving[contract_service].append(slot)

    def load(self, keys: Collection[str]) -> None:
        """Read everything about the contracts with these keys."""
        rows = self._all_contracts(keys)
        organizations = {row.organization_id for row in rows if row.key in keys}
        for row in rows:
            if row.organization_id in organizations:
                self._by_id[row.id] = row
                if row.key in keys:
                    self._contracts[row.key] = row
        self._load_types()
        self._load_services()
        self._load_slots()

    def _all_contracts(self, keys: Collection[str]) -> list[Agreement]:
        """The contracts of the provider; of a few keys only those of their organizations."""
        condition, params = "", list[Any]()
        if len(keys) <= _FEW:
            named = Contract.objects.filter(key__in=keys).values_list("organization_id", flat=True)
            chosen, params = ids_in("c.organization_id", ids=set(named))
            condition = f"AND {chosen}"
        rows = fetch(
            f"""
            SELECT c.id, c.key, c.organization_id, o.key, c.starts_on, c.ends_on, c.billing,
                   c.period, c.anchor
            FROM contract c JOIN organization o ON o.id = c.organization_id
            WHERE c.provider_id = %s {condition}
            """,
            [provider_id(), *params],
        )
        return [Agreement._make(row) for row in rows]

    def _load_types(self) -> None:
        rows = fetch(
            """
            SELECT t.id, m.key, t.key, t.shape
            FROM billing_type t JOIN module_connection m ON m.id = t.connection_id
            WHERE t.provider_id = %s
            """,
            [provider_id()],
        )
        for id_, module, key, shape in rows:
            self._types[module, key] = MappableType(id_, module, key, counting_rule(shape))

    def _load_services(self) -> None:
        chosen, params = ids_in("s.contract_id", ids=[row.id for row in self._contracts.values()])
        for id_, contract, key in fetch(
            f"SELECT s.id, s.contract_id, s.key FROM contract_service s WHERE {chosen}", params
        ):
            self._services[contract, key] = id_
            self._service_names[id_] = key
        rows = fetch(
            f"""
            SELECT u.contract_service_id, u.from_day, u.unit_changes
            FROM contract_unit_changes u JOIN contract_service s ON s.id = u.contract_service_id
            WHERE {chosen} ORDER BY u.from_day, u.id
            """,
            params,
        )
        for service, from_day, word in rows:
            choices = self._choices[service]
            if choices and choices[-1].from_day == from_day:
                choices.pop()  # of one day the newest is in force
            choices.append(Choice(from_day, word))

    def _load_slots(self) -> None:
        chosen, params = ids_in("m.contract_id", ids=list(self._by_id))
        rows = fetch(
            f"""
            SELECT m.contract_id, m.billing_type_id, t.shape, m.id, m.contract_service_id,
                   m.starts_on, m.ends_on, m.is_also
            FROM service_mapping m JOIN billing_type t ON t.id = m.billing_type_id
            WHERE {chosen} ORDER BY m.id
            """,
            params,
        )
        for contract, type_, shape, *values in rows:
            slot = Slot(*values)
            self._slots[contract, type_].append(slot)
            if slot.target is not None:
                self._takers[self._by_id[contract].organization_id, type_].add(contract)
                self._countings[slot.target][type_] = counting_rule(shape)
                self._driving[slot.target].append(slot)


def load_agreements(keys: Collection[str]) -> Agreements:
    """Everything about the contracts with these keys; unknown keys are left out."""
    known = Agreements()
    known.load(keys)
    return known
