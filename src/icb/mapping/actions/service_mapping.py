"""What can be done with service mappings: map, ignore and unmap billing types on contracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from operator import attrgetter
from typing import Unpack

from icb.contracts.actions import add_choices
from icb.contracts.marks import mark_each
from icb.foundation.actor import Permission, require
from icb.foundation.bulk import reserve_ids
from icb.foundation.transactions import transaction
from icb.kernel.errors import IcbError, InvalidInput, Refused
from icb.kernel.problems import Problems
from icb.mapping.actions.storing import LOCK, record, store
from icb.mapping.inputs import Dated, Ending, NewServiceMapping
from icb.mapping.models import ServiceMapping
from icb.mapping.placing import Situation, Slot, Wording, check_ignored, check_order, cut, place
from icb.mapping.policies import Driven, check_same_counting, settle
from icb.mapping.service_mapping_queries import Agreement, Agreements, MappableType, load_agreements
from icb.rating.terms import Billing

NewOnContract = tuple[str, NewServiceMapping]
"""The contract's key, and the mapping on it."""
_DEFAULT = "the contract's start"
_FIELDS = tuple(field.name for field in fields(NewServiceMapping))
_values_of = attrgetter(*_FIELDS)


def map_service(contract: str, *, mapping: NewServiceMapping) -> None:
    """Let a billing type drive a service of a contract, or ignore it there.

    From `from_day` (default: the contract's start) to `until` (default: for good). A later start
    moves it: what stood before ends the day before; `also` lets both drive. Raises NotFound;
    InvalidInput for days or words that cannot be; Refused where another mapping stands from the
    same day or a later one, where another contract of the organization takes the billing type on
    the same day, and for a choice of unit changes that does not fit.
    """
    map_services([(contract, mapping)])


def ignore_service(contract: str, *, module: str, billing_type: str, **days: Unpack[Dated]) -> None:
    """Let a billing type make no item on a contract, on purpose; days and errors as mapping."""
    map_service(contract, mapping=NewServiceMapping(module, billing_type, ignore=True, **days))


def map_services(news: Sequence[NewOnContract]) -> int:
    """Map and ignore many billing types on contracts, in this order; how many were not so already.

    All or nothing: everything that is wrong is raised at once, as for `map_service`.
    """
    with transaction(lock=LOCK):
        require(Permission.MAP)
        problems = Problems()
        book = _Book(load_agreements({contract for contract, _ in news}))
        ids = reserve_ids(ServiceMapping, count=len(news))
        for (contract, new), id_ in zip(news, ids, strict=True):
            with problems.noting(f"contract {contract}, {new.module} {new.billing_type}"):
                book.take(contract, new=new, id_=id_)
        problems.raise_if_any()
        book.store("map_services")
        return len(book.taken)


def check_services(news: Sequence[NewOnContract]) -> dict[str, str]:
    """Why `map_services` would refuse, by contract, for those that it would; writes nothing."""
    book = _Book(load_agreements({contract for contract, _ in news}))
    problems: dict[str, Problems] = {}
    for number, (contract, new) in enumerate(news, start=1):
        with problems.setdefault(contract, Problems()).noting(f"{new.module} {new.billing_type}"):
            book.take(contract, new=new, id_=-number)  # no id is used up for a question
    found = {}
    for contract, noted in problems.items():
        try:
            noted.raise_if_any()
        except IcbError as error:
            found[contract] = error.message
    return found


def unmap_service(
    contract: str,
    *,
    module: str,
    billing_type: str,
    from_day: date,
    **ending: Unpack[Ending],
) -> None:
    """End what a billing type drives on a contract on a day the day before.

    `service` narrows it to one. Raises NotFound, and Refused where nothing is mapped on that day.
    """
    with transaction(lock=LOCK):
        require(Permission.MAP)
        new = NewServiceMapping(
            module,
            billing_type,
            service=ending.get("service", ""),
            from_day=from_day,
            reason=ending.get("reason", ""),
        )
        book = _Book(load_agreements({contract}))
        book.cut(contract, new=new, from_day=from_day)
        book.store("unmap_service")


class _Book:
    """The mappings of some contracts, and what is to become of them."""

    def __init__(self, known: Agreements) -> None:
        self.taken: list[NewOnContract] = []
        self._known = known
        self._values: dict[int, tuple[int, int, int | None, bool]] = {}
        self._choices: list[tuple[int, date, str]] = []
        self._affected: dict[int, date] = {}

    def take(self, contract: str, *, new: NewServiceMapping, id_: int) -> None:
        """Place one new mapping, and the choice of unit changes that comes with it."""
        check_order(new.from_day, until=new.until)
        check_ignored(new.ignore, field="service", target=new.service)
        agreement = self._known.contract(contract)
        kind = self._known.billing_type(new.module, key=new.billing_type)
        target = None if new.ignore else self._target(agreement, new)
        slot = Slot(
            id_, target, new.from_day, new.until, is_also=new.also, reason=new.reason, is_new=True
        )
        among = self._known.slots(agreement, kind=kind)
        named = self._known.names([*(one.target for one in among), target])
        wording = Wording(named, _DEFAULT, "`also` to let both count, ")
        first = place(
            slot,
            among=among,
            situation=Situation(agreement.starts_on, self._known.today, wording),
        )
        if target is not None:
            self._choose(agreement, kind, slot=slot, new=new)
        if first is not None:
            if target is not None:
                self._check_one_contract(agreement, kind, slot)
                self._known.drive(target, kind=kind, slot=slot)
            self._values[id_] = (agreement.id, kind.id, target, new.also)
            self._affect(agreement, first)
            self.taken.append((contract, new))

    def cut(self, contract: str, *, new: NewServiceMapping, from_day: date) -> None:
        """End what is in force on a day."""
        agreement = self._known.contract(contract)
        kind = self._known.billing_type(new.module, key=new.billing_type)
        among = self._known.slots(agreement, kind=kind)
        if new.service:
            target = self._target(agreement, new)
            among = [slot for slot in among if slot.target == target]
        if not cut(among, from_day=from_day):
            raise Refused(
                "not_mapped",
                f"{new.billing_type} of {new.module} is not mapped on contract {contract} on "
                f"{from_day}. Nothing was changed. Give a day on which it is.",
            )
        self._affect(agreement, from_day)
        self.taken.append((contract, new))

    def store(self, action: str) -> None:
        """Write everything, with choices, marks and one audit event."""
        if not self.taken:
            return
        store(
            ServiceMapping,
            slots=self._known.all_slots(),
            columns=("contract_id", "billing_type_id", "contract_service_id", "is_also"),
            values=self._values,
        )
        add_choices(self._choices)
        mark_each(self._affected)
        record(
            action,
            subjects=[
                f"{contract} {new.module} {new.billing_type}" for contract, new in self.taken
            ],
            fields=("contract", *_FIELDS),
            rows=[(contract, *_values_of(new)) for contract, new in self.taken],
        )

    def _target(self, agreement: Agreement, new: NewServiceMapping) -> int:
        if not new.service:
            raise InvalidInput(
                field="service",
                message="service: it is missing. Nothing was stored. Give one, or ignore.",
            )
        return self._known.contract_service(agreement, key=new.service)

    def _choose(
        self, agreement: Agreement, kind: MappableType, *, slot: Slot, new: NewServiceMapping
    ) -> None:
        service = self._target(agreement, new)
        others = self._known.countings_of(service, besides=kind.id)
        start = agreement.first_day_of_period(slot.starts_on or agreement.starts_on)
        driven = Driven(
            f"service {new.service} of contract {agreement.key}",
            kind.counting,
            Billing(agreement.billing),
            is_mapped=self._known.is_driven(service, from_day=start),
        )
        check_same_counting(driven, others=others)
        choices = self._known.choices(service)
        choice = settle(new.unit_changes, driven=driven, choices=choices, start=start)
        if choice is not None:
            choices.append(choice)
            choices.sort(key=lambda one: one.from_day)
            self._choices.append((service, *choice))

    def _check_one_contract(self, agreement: Agreement, kind: MappableType, slot: Slot) -> None:
        days = slot.days().intersect(agreement.cover)
        for other, taken in self._known.elsewhere(agreement, kind=kind):
            shared = days and taken.intersect(days)
            if shared:
                raise Refused(
                    "two_contracts",
                    f"{kind.key} of {kind.module} is mapped on contract {other.key} of "
                    f"{agreement.organization} from {shared.start}; on contract {agreement.key} "
                    "it would be billed twice. Nothing was stored. Unmap or ignore it on one of "
                    "them, or give days on which only one of them has it.",
                    contract=agreement.key,
                    other=other.key,
                )

    def _affect(self, agreement: Agreement, first: date) -> None:
        first = max(first, agreement.starts_on)
        self._affected[agreement.id] = min(first, self._affected.get(agreement.id, first))
