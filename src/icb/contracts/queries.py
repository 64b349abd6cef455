"""Reads of the catalogue and the contracts, for lists and for the actions of higher apps.

A fixed number of statements for any number of rows.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count

from icb.contracts.models import (
    Contract,
    ContractNote,
    ContractPrice,
    ContractService,
    ContractUnitChanges,
    ContractUnits,
    Service,
)
from icb.foundation.bulk import fetch
from icb.foundation.fields import MICRO_SCALE
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.foundation.scope import provider_id
from icb.foundation.versions import version_of
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
    organization_name: str


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


class ContractListRow(NamedTuple):
    """One contract as lists show it, with its organization's name and how many services it has."""

    key: str
    name: str
    organization: str
    organization_name: str
    starts_on: date
    ends_on: date | None
    period: str
    billing: str
    currency: str
    services: int


class NoteRow(NamedTuple):
    """What changed on a contract, when and by whom."""

    at: datetime
    actor: str
    text: str


_SERVICE_FIELDS = ("pk", "key", "name", "price", "cost", "tax_rate__key", "is_active")
_CONTRACT_COLUMNS = {
    "key": Asked("key", is_searched=True),
    "name": Asked("name", is_searched=True),
    "organization": Asked("organization__name", is_searched=True),
    "starts_on": Asked("starts_on", Kind.DAY),
    "ends_on": Asked("ends_on", Kind.DAY),
    "period": Asked("period", Kind.CHOICE),
    "billing": Asked("billing", Kind.CHOICE),
    "currency": Asked("currency", Kind.CHOICE),
}
_SERVICE_COLUMNS = {
    "key": Asked("key", is_searched=True),
    "name": Asked("name", is_searched=True),
    "price": Asked("price", Kind.NUMBER),
    "cost": Asked("cost", Kind.NUMBER),
    "tax": Asked("tax_rate__key", Kind.CHOICE),
    "is_active": Asked("is_active", Kind.YES_NO),
}
_NOTE_COLUMNS = {
    "at": Asked("at", Kind.MOMENT),
    "actor": Asked("actor", is_searched=True),
    "text": Asked("text", is_searched=True),
}


def contract_page(wanted: Wanted, *, organization: str = "") -> Page[ContractListRow]:
    """One page of all contracts, or of one organization's; by organization and key."""
    found = Contract.objects.order_by("organization__name", "key")
    if organization:
        found = found.filter(organization__key=organization)
    page = page_of(
        found,
        wanted=wanted,
        columns=_CONTRACT_COLUMNS,
        fields=(
            "pk",
            "key",
            "name",
            "organization__key",
            "organization__name",
            "starts_on",
            "ends_on",
            "period",
            "billing",
            "currency",
        ),
        make=tuple,
    )
    counted = ContractService.objects.filter(contract_id__in=[row[0] for row in page.rows])
    counts = dict(counted.order_by().values_list("contract_id").annotate(Count("pk")))
    rows = [ContractListRow._make((*row[1:], counts.get(row[0], 0))) for row in page.rows]
    return Page(rows, page.total)


# Joined in this order on purpose: from one contract, SQLite would else read those of all.
_DATED = [
    f"""
    SELECT {kind}, x.contract_service_id, x.from_day, x.id, {number}, {text}
    FROM contract c CROSS JOIN contract_service cs CROSS JOIN {table} x
    WHERE cs.contract_id = c.id AND x.contract_service_id = cs.id
      AND c.provider_id = %s {{narrowed}}
    """
    for kind, (table, number, text) in enumerate(
        (
            ("contract_price", "x.unit_price", "CAST(x.tiers AS TEXT)"),
            ("contract_units", "x.units", "''"),
            ("contract_unit_changes", "0", "x.unit_changes"),
        )
    )
]


def service_page(wanted: Wanted) -> Page[ServiceRow]:
    """One page of the catalogue, by name."""
    return page_of(
        Service.objects.order_by("name", "pk"),
        wanted=wanted,
        columns=_SERVICE_COLUMNS,
        fields=_SERVICE_FIELDS,
        make=_service_row,
    )


def service_named(key: str) -> ServiceRow:
    """The service of the catalogue with this key; NotFound, naming the nearest, else."""
    row = Service.objects.filter(key=key).values_list(*_SERVICE_FIELDS).first()
    if row is None:
        raise unknown("service", key=key, known=list(Service.objects.values_list("key", flat=True)))
    return _service_row(row)


def note_page(wanted: Wanted, *, contract: str) -> Page[NoteRow]:
    """One page of what changed on a contract, newest first; NotFound for an unknown one."""
    return page_of(
        ContractNote.objects.filter(contract_id=contract_named(contract).id).order_by("-pk"),
        wanted=wanted,
        columns=_NOTE_COLUMNS,
        fields=("at", "actor", "text"),
        make=lambda row: NoteRow._make(row),
    )


def services() -> list[ServiceRow]:
    """The catalogue, as entered."""
    return [
        _service_row(row) for row in Service.objects.order_by("pk").values_list(*_SERVICE_FIELDS)
    ]


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
    paths = {"organization": "organization__key", "organization_name": "organization__name"}
    names = [paths.get(name, name) for name in columns]
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
    prices, units, policies = _dated(as_of=as_of, contract=contract)
    return [
        ContractServiceRow._make(
            (
                *row[:6],
                Decimal(prices[row[0]][0]).scaleb(-MICRO_SCALE),
                read_tiers(json.loads(prices[row[0]][1])),
                Decimal(units[row[0]][0]).scaleb(-MICRO_SCALE) if row[0] in units else None,
                policies[row[0]][1] if row[0] in policies else "",
                *row[6:],
            )
        )
        for row in rows
    ]


def contract_service_names(contract: str) -> list[tuple[str, str, str]]:
    """(key, key in the catalogue, name) of each service on a contract, as entered."""
    found = ContractService.objects.filter(contract__key=contract).order_by("pk")
    return list(found.values_list("key", "service__key", "service__name"))


def contract_service_version(id_: int) -> str:
    """Another text after each change of a contract service's price, units or unit changes."""
    models = (ContractPrice, ContractUnits, ContractUnitChanges)
    newest = [
        model.objects.filter(contract_service_id=id_).order_by("-pk").values_list("pk").first()
        for model in models
    ]
    return version_of([row[0] if row else 0 for row in newest])


def contract_notes(contract: str) -> list[NoteRow]:
    """What changed on a contract, newest first; NotFound for an unknown contract."""
    row = contract_named(contract)
    notes = ContractNote.objects.filter(contract_id=row.id).order_by("-pk")
    return [NoteRow._make(note) for note in notes.values_list("at", "actor", "text")]


def _service_row(row: tuple[Any, ...]) -> ServiceRow:
    return ServiceRow._make((*row[:5], row[5] or "", row[6]))


def _dated(*, as_of: date, contract: str | None) -> list[dict[int, tuple[Any, ...]]]:
    """By contract service id the prices, typed units and choices in force on a day.

    Of the rows of one day the newest holds. What starts with the contract holds before it too.
    """
    narrowed, params = "", list[Any]()
    if contract is not None:
        narrowed, params = "AND c.key = %s", [contract]
    rows = fetch(
        " UNION ALL ".join(part.format(narrowed=narrowed) for part in _DATED) + " ORDER BY 1, 3, 4",
        [provider_id(), *params] * len(_DATED),
    )
    found: list[dict[int, tuple[Any, ...]]] = [{} for _ in _DATED]
    first: dict[tuple[int, int], date] = {}
    for kind, service, day, _id, number, text in rows:
        earliest = first.setdefault((kind, service), day)
        if day <= as_of or day == earliest:
            found[kind][service] = (number, text)
    return found


def read_tiers(stored: list[list[int | None]]) -> Tiers:
    """Stored tiers, in millionths, as decimals."""
    return [
        (None if up_to is None else Decimal(up_to) / MICRO, Decimal(price or 0) / MICRO)
        for up_to, price in stored
    ]
