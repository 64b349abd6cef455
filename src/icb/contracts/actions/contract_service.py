"""What can be done with the services on a contract: put them there, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from icb.contracts.actions.catalogue import LOCK, record_added
from icb.contracts.covers import Sales, Sold, cover
from icb.contracts.inputs import NewContractService
from icb.contracts.marks import mark_contracts
from icb.contracts.models import (
    ContractNote,
    ContractPrice,
    ContractService,
    ContractUnitChanges,
    ContractUnits,
)
from icb.contracts.queries import contract_named
from icb.contracts.terms import (
    ServiceTerms,
    check_unit_changes,
    checked_terms,
    micro,
    price,
    tiers_text,
)
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.bulk import fetch, ids_in, insert_rows, reserve_ids, to_db_instant
from icb.foundation.providers import current_provider
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.checks import check_new_key, check_text
from icb.kernel.days import DayRange
from icb.kernel.errors import InvalidInput, Refused
from icb.kernel.problems import Problems, unknown
from icb.kernel.quantity import Micro

_RECORDED = ("recorded_at", "recorded_by")


class ContractPlace(NamedTuple):
    """The contract that services are put on."""

    id: int
    key: str
    organization: str
    days: DayRange
    currency: str
    billing: str


class _Draft(NamedTuple):
    contract_id: int
    starts_on: date
    service_id: int
    key: str
    terms: ServiceTerms
    price: Micro
    tiers: str
    units: Micro | None
    unit_changes: str


class _Catalogued(NamedTuple):
    id: int
    price: Micro
    is_active: bool


def add_contract_services(contract: str, *, news: Sequence[NewContractService]) -> dict[str, int]:
    """Put services on a contract, from its start on; their ids by key on the contract.

    Raises, for everything that is wrong at once, NotFound (contract, service), InvalidInput (a key
    taken on the contract, a number or word that cannot be, no price in the contract's currency)
    and Refused (another contract sells the service to the organization on the same day, a peak in
    advance).
    """
    with transaction(lock=LOCK):
        require(Permission.MANAGE_CONTRACTS)
        row = contract_named(contract)
        place = ContractPlace(
            row.id,
            row.key,
            row.organization,
            cover(row.starts_on, ends_on=row.ends_on),
            row.currency,
            row.billing,
        )
        problems = Problems()
        drafting = Drafting(problems, [row.organization_id])
        on_it = ContractService.objects.filter(contract_id=row.id)
        drafting.take(place, news=news, taken=set(on_it.values_list("key", flat=True)))
        problems.raise_if_any()
        ids = drafting.write()
        keys = [draft.key for draft in drafting.drafts]
        if keys:
            mark_contracts([row.id], from_day=row.starts_on)
            write_note(row.id, text=f"Added: {', '.join(keys)}.")
            record_added("add_contract_services", keys=keys, rows=drafting.drafts)
        return dict(zip(keys, ids, strict=True))


def write_note(contract_id: int, *, text: str) -> None:
    """Say on the contract what changed."""
    ContractNote.objects.create(
        contract_id=contract_id, at=clock.now(), actor=current_actor(), text=text
    )


class Drafting:
    """Checks new contract services of any number of contracts, then writes them at once."""

    def __init__(self, problems: Problems, organization_ids: Iterable[int]) -> None:
        self.drafts: list[_Draft] = []
        self._problems = problems
        self._sales = sales(organization_ids)
        self._currency = current_provider().currency
        self._catalogue = {
            key: _Catalogued._make(values)
            for key, *values in fetch(
                "SELECT key, id, price, is_active FROM service WHERE provider_id = %s",
                [current_provider().pk],
            )
        }

    def take(
        self, place: ContractPlace, *, news: Sequence[NewContractService], taken: set[str]
    ) -> None:
        """Check the services of one contract; `taken` are the keys that stand on it already."""
        for new in news:
            with self._problems.noting(f"contract {place.key}, service {new.key or new.service}"):
                check_new_key(new.key or new.service, taken=taken)
                self._sell(place, new.service)
                self.drafts.append(self._draft(place, new))
        for new in news:
            sold = Sold(place.key, place.days)
            self._sales.add(place.organization, service=new.service, sold=sold)

    def write(self) -> Sequence[int]:
        """Store everything taken; the ids of the contract services, in order."""
        ids = reserve_ids(ContractService, count=len(self.drafts))
        drafted = list(zip(ids, self.drafts, strict=True))
        insert_rows(
            ContractService,
            columns=("id", "contract_id", "service_id", "key", *ServiceTerms._fields),
            rows=(
                (id_, draft.contract_id, draft.service_id, draft.key, *draft.terms)
                for id_, draft in drafted
            ),
        )
        stamp = (to_db_instant(clock.now()), current_actor())
        insert_rows(
            ContractPrice,
            columns=("contract_service_id", "from_day", "unit_price", "tiers", *_RECORDED),
            rows=(
                (id_, draft.starts_on, draft.price, draft.tiers, *stamp) for id_, draft in drafted
            ),
        )
        insert_rows(
            ContractUnits,
            columns=("contract_service_id", "from_day", "units", *_RECORDED),
            rows=(
                (id_, draft.starts_on, draft.units, *stamp)
                for id_, draft in drafted
                if draft.units is not None
            ),
        )
        insert_rows(
            ContractUnitChanges,
            columns=("contract_service_id", "from_day", "unit_changes", *_RECORDED),
            rows=(
                (id_, draft.starts_on, draft.unit_changes, *stamp)
                for id_, draft in drafted
                if draft.unit_changes
            ),
        )
        return ids

    def _sell(self, place: ContractPlace, service: str) -> None:
        if service not in self._catalogue:
            raise unknown("service", key=service, known=self._catalogue)
        if not self._catalogue[service].is_active:
            raise Refused(
                "service_retired",
                f"service {service}: it is retired. Nothing was stored. Give another one, or "
                "offer it again in the catalogue.",
                field="service",
                service=service,
            )
        sold = Sold(place.key, place.days)
        self._sales.check(place.organization, service=service, sold=sold)

    def _draft(self, place: ContractPlace, new: NewContractService) -> _Draft:
        catalogued = self._catalogue[new.service]
        check_text(new.key, field="key", longest=120)
        terms = checked_terms(new, currency=place.currency)
        return _Draft(
            place.id,
            place.days.start,
            catalogued.id,
            new.key or new.service,
            terms,
            self._price(place, new, catalogued),
            tiers_text(new.tiers, pricing=terms.pricing),
            None if new.units is None else micro(new.units, field="units"),
            check_unit_changes(new.unit_changes, billing=place.billing),
        )

    def _price(
        self, place: ContractPlace, new: NewContractService, catalogued: _Catalogued
    ) -> Micro:
        """The price of its own, else the catalogue's: of no use in another currency."""
        if new.price is not None:
            return price(new.price)
        if place.currency == self._currency:
            return catalogued.price
        if new.tiers:
            return 0
        raise InvalidInput(
            field="price",
            message=f"price: the contract is in {place.currency}, the catalogue's price of "
            f"{new.service} in {self._currency}. Nothing was stored. Give the contract's own "
            f"price in {place.currency}, or let the contract be in {self._currency}.",
        )


def sales(organization_ids: Iterable[int]) -> Sales:
    """What the contracts of these organizations sell now."""
    chosen, params = ids_in("c.organization_id", ids=organization_ids)
    rows = fetch(
        f"""
        SELECT o.key, s.key, c.key, c.starts_on, c.ends_on
        FROM contract c
        JOIN organization o ON o.id = c.organization_id
        JOIN contract_service cs ON cs.contract_id = c.id
        JOIN service s ON s.id = cs.service_id
        WHERE {chosen}
        """,
        params,
    )
    known = Sales()
    for organization, service, contract, starts_on, ends_on in rows:
        sold = Sold(contract, cover(starts_on, ends_on=ends_on))
        known.add(organization, service=service, sold=sold)
    return known
