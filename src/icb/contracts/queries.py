"""Reads of the catalogue and the contracts, for lists and for the actions of higher apps.

A fixed number of statements for any number of rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import QuerySet

from icb.contracts.models import (
    Contract,
    ContractNote,
    ContractPrice,
    ContractService,
    ContractUnitChanges,
    ContractUnits,
    Service,
)
from icb.kernel.problems import unknown
from icb.kernel.quantity import MICRO

Tiers = list[tuple[Decimal | None, Decimal]]


class ServiceRow(NamedTuple):
    """One service of the catalogue; its price is in the provider's currency."""

    id: int
    key: str
    name: str
    price: Decimal
    cost: Decimal | None
    tax: str
    is_active: bool


class ContractRow(NamedTuple):
    """One contract; its organization by key. Both dates are covered days."""

    id: int
    key: str
    name: str
    organization: str
    organization_id: int
    starts_on: date
    ends_on: date | None
    period: str
    anchor: str
    billing: str
    currency: str
    minimum_amount: Decimal | None


class ContractServiceRow(NamedTuple):
    """One service on a contract, as it stands on a day.

    `units` are the typed ones, None where none were typed by then; `unit_changes` is empty where
    nobody chose. `tiers` holds the last unit of each tier (None: without end) and its price.
    """

    id: int
    contract: str
    key: str
    service: str
    name: str
    pricing: str
    price: Decimal
    tiers: Tiers
    units: Decimal | None
    unit_changes: str
    included: Decimal
    minimum: Decimal
    package_size: Decimal
    discount: Decimal
    minimum_amount: Decimal | None


class NoteRow(NamedTuple):
    """What changed on a contract, when and by whom."""

    at: datetime
    actor: str
    text: str


def services() -> list[ServiceRow]:
    """The catalogue, as entered."""
    columns = ("pk", "key", "name", "price", "cost", "tax_rate__key", "is_active")
    rows = Service.objects.order_by("pk").values_list(*columns)
    return [ServiceRow._make((*row[:5], row[5] or "", row[6])) for row in rows]


def contracts(
    *, keys: Collection[str] | None = None, organization: str | None = None
) -> list[ContractRow]:
    """All contracts, or those of the keys, or of one organization, as entered."""
    found = Contract.objects.order_by("pk")
    if keys is not None:
        found = found.filter(key__in=keys)
    if organization is not None:
        found = found.filter(organization__key=organization)
    columns = ("pk", *ContractRow._fields[1:])
    names = ["organization__key" if name == "organization" else name for name in columns]
    return [ContractRow._make(row) for row in found.values_list(*names)]


def contract_named(key: str) -> ContractRow:
    """The contract with this key; NotFound, naming what exists, where there is none."""
    found = contracts(keys=[key])
    if not found:
        known = Contract.objects.values_list("key", flat=True)
        raise unknown("contract", key=key, known=list(known))
    return found[0]


def contract_services(*, as_of: date, contract: str | None = None) -> list[ContractServiceRow]:
    """The services on all contracts, or on one, with what is in force on a day; as entered.

    A day before the contract's start shows what holds at its start.
    """
    found = ContractService.objects.order_by("pk")
    if contract is not None:
        found = found.filter(contract__key=contract)
    rows = list(
        found.values_list(
            "pk",
            "contract__key",
            "key",
            "service__key",
            "service__name",
            "pricing",
            "included",
            "minimum",
            "package_size",
            "discount",
            "minimum_amount",
        )
    )
    prices = _in_force(ContractPrice, ("unit_price", "tiers"), as_of=as_of, contract=contract)
    units = _in_force(ContractUnits, ("units",), as_of=as_of, contract=contract)
    policies = _in_force(ContractUnitChanges, ("unit_changes",), as_of=as_of, contract=contract)
    return [
        ContractServiceRow._make(
            (
                *row[:6],
                prices[row[0]][0],
                read_tiers(prices[row[0]][1]),
                units.get(row[0], (None,))[0],
                policies.get(row[0], ("",))[0],
                *row[6:],
            )
        )
        for row in rows
    ]


def contract_notes(contract: str) -> list[NoteRow]:
    """What changed on a contract, newest first; NotFound for an unknown contract."""
    row = contract_named(contract)
    notes = ContractNote.objects.filter(contract_id=row.id).order_by("-pk")
    return [NoteRow._make(note) for note in notes.values_list("at", "actor", "text")]


def _in_force(
    model: type[ContractPrice | ContractUnits | ContractUnitChanges],
    columns: Sequence[str],
    *,
    as_of: date,
    contract: str | None = None,
) -> dict[int, tuple[Any, ...]]:
    """By contract service id, the values of a dated row in force on a day.

    Of the rows of one day the newest holds. What starts with the contract holds before it too.
    """
    found: QuerySet[Any] = model.objects.order_by("from_day", "pk")
    if contract is not None:
        found = found.filter(contract_service__contract__key=contract)
    chosen: dict[int, tuple[Any, ...]] = {}
    first: dict[int, date] = {}
    for service, day, *values in found.values_list("contract_service_id", "from_day", *columns):
        earliest = first.setdefault(service, day)
        if day <= as_of or day == earliest:
            chosen[service] = tuple(values)
    return chosen


def read_tiers(stored: list[list[int | None]]) -> Tiers:
    """Stored tiers, in millionths, as decimals."""
    return [
        (None if up_to is None else Decimal(up_to) / MICRO, Decimal(price or 0) / MICRO)
        for up_to, price in stored
    ]
