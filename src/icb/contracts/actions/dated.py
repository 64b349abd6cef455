"""What changes on a contract service from a day on: its price, its typed units, its policy.

Every change is a row of its own; of the rows of one day the newest is in force.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple, Unpack

from icb.contracts.actions.catalogue import LOCK
from icb.contracts.actions.contract_service import write_note
from icb.contracts.inputs import Number, PriceChange
from icb.contracts.marks import mark_contracts
from icb.contracts.models import (
    ContractPrice,
    ContractService,
    ContractUnitChanges,
    ContractUnits,
)
from icb.contracts.queries import ContractRow, contract_named, contract_service_version
from icb.contracts.terms import check_unit_changes, micro, tiers_text
from icb.contracts.terms import price as checked_price
from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.bulk import insert_rows, to_db_instant
from icb.foundation.transactions import transaction
from icb.foundation.versions import check_version
from icb.kernel import clock
from icb.kernel.errors import InvalidInput
from icb.kernel.problems import unknown
from icb.kernel.quantity import micro_to_decimal
from icb.rating.terms import PricingKind


class _Target(NamedTuple):
    contract: ContractRow
    service: ContractService


def set_price(
    contract: str,
    *,
    service: str,
    price: Number | None,
    **change: Unpack[PriceChange],
) -> None:
    """Give a contract service another price from a day on; with tiered pricing, other tiers.

    `seen` is the version (queries.contract_service_version) that the change was typed over. With
    `tiers` the price may be None. Later prices that are entered already stay in force from
    their days on. Raises NotFound, and InvalidInput for a day before the contract's start, a
    negative price, and tiers that are missing or do not fit; Refused where somebody else changed
    the service since.
    """
    with transaction(lock=LOCK):
        require(Permission.MANAGE_CONTRACTS)
        from_day, tiers = change["from_day"], change.get("tiers")
        target = _target(contract, service=service, from_day=from_day)
        _check_seen(target, seen=change.get("seen", ""))
        pricing = target.service.pricing
        if tiers is None and pricing in (PricingKind.GRADUATED, PricingKind.VOLUME):
            raise InvalidInput(
                field="tiers",
                value=price,
                message=f"tiers: {service} on {contract} has {pricing} pricing, so one price does "
                "not say what a unit costs. Nothing was stored. Give all its tiers.",
            )
        text = tiers_text(tiers or (), pricing=pricing)
        if price is None and not tiers:
            raise InvalidInput(
                field="price", message="price: it is missing. Nothing was stored. Give it."
            )
        before = _in_force(ContractPrice, target, from_day)
        unit_price = before.unit_price if price is None else micro_to_decimal(checked_price(price))
        values = {"unit_price": unit_price, "tiers": json.loads(text)}
        said = f"Price of {service} from {from_day}: {_said_price(unit_price, text, target)}"
        _write(ContractPrice, target, from_day=from_day, values=values, said=said)


def set_units(
    contract: str, *, service: str, units: Number, from_day: date, seen: str = ""
) -> None:
    """Type the units of a contract service from a day on: for days that no count drives.

    Raises NotFound, and InvalidInput for a day before the contract's start and negative units.
    (Whether a count drives the service is known to mapping: `mapping.actions.type_units`.)
    """
    with transaction(lock=LOCK):
        require(Permission.MANAGE_CONTRACTS)
        target = _target(contract, service=service, from_day=from_day)
        _check_seen(target, seen=seen)
        typed = micro_to_decimal(micro(units, field="units"))
        said = f"Units of {service} from {from_day}: {typed:f}"
        _write(ContractUnits, target, from_day=from_day, values={"units": typed}, said=said)


def set_unit_changes(contract: str, *, service: str, unit_changes: str, from_day: date) -> None:
    """Choose how unit changes are billed, for periods that start on or after a day.

    Raises NotFound, InvalidInput for an unknown word or a day before the contract's start, and
    Refused for a peak in advance. (Whether the choice fits what is counted is known to mapping:
    `mapping.actions.set_unit_changes`.)
    """
    with transaction(lock=LOCK):
        require(Permission.MANAGE_CONTRACTS)
        choose_unit_changes(contract, service=service, unit_changes=unit_changes, from_day=from_day)


def choose_unit_changes(contract: str, *, service: str, unit_changes: str, from_day: date) -> None:
    """As `set_unit_changes`, for a caller that has asked for leave: mapping, for its mappers."""
    with transaction(lock=LOCK):
        target = _target(contract, service=service, from_day=from_day)
        if not unit_changes:
            raise InvalidInput(
                field="unit_changes",
                message="unit_changes: it is missing. Nothing was stored. Give one.",
            )
        check_unit_changes(unit_changes, billing=target.contract.billing)
        values = {"unit_changes": unit_changes}
        said = f"Unit changes of {service} from {from_day}: {unit_changes.replace('_', ' ')}"
        _write(ContractUnitChanges, target, from_day=from_day, values=values, said=said)


def add_choices(choices: Iterable[tuple[int, date, str]]) -> None:
    """Store first choices of unit changes (contract service id, from day, word) that are checked.

    For mapping, which makes them together with its mappings, and marks and records those.
    """
    stamp = (to_db_instant(clock.now()), current_actor())
    insert_rows(
        ContractUnitChanges,
        columns=("contract_service_id", "from_day", "unit_changes", "recorded_at", "recorded_by"),
        rows=((*choice, *stamp) for choice in choices),
    )


def _check_seen(target: _Target, *, seen: str) -> None:
    if seen:
        check_version(
            seen,
            version=contract_service_version(target.service.pk),
            subject=f"{target.contract.key} {target.service.key}",
        )


def _target(contract: str, *, service: str, from_day: date) -> _Target:
    row = contract_named(contract)
    found = ContractService.objects.filter(contract_id=row.id, key=service).first()
    if found is None:
        known = ContractService.objects.filter(contract_id=row.id).values_list("key", flat=True)
        raise unknown("service", key=service, known=list(known), where=f"on contract {contract}")
    if from_day < row.starts_on:
        raise InvalidInput(
            field="from",
            value=from_day,
            message=f"from {from_day}: contract {contract} starts on {row.starts_on}. Nothing was "
            "stored. Give that day or a later one.",
        )
    return _Target(row, found)


def _in_force(model: type[Any], target: _Target, day: date) -> Any:
    rows = model.objects.filter(contract_service=target.service, from_day__lte=day)
    return rows.order_by("from_day", "pk").last()


def _write(
    model: type[Any], target: _Target, *, from_day: date, values: dict[str, Any], said: str
) -> None:
    """Add the dated row with its note, mark and audit event, unless it says nothing new."""
    before = _in_force(model, target, from_day)
    old = {name: getattr(before, name) for name in values} if before else None
    if old == values:
        return
    model.objects.create(
        contract_service=target.service,
        from_day=from_day,
        recorded_at=clock.now(),
        recorded_by=current_actor(),
        **values,
    )
    mark_contracts([target.contract.id], from_day=from_day)
    write_note(target.contract.id, text=f"{said}.")
    audit.record(
        f"set_{model._meta.db_table.removeprefix('contract_')}",
        subject=f"{target.contract.key} {target.service.key}",
        data={"from_day": from_day, "before": old, "after": values},
    )


def _said_price(unit_price: Any, tiers: str, target: _Target) -> str:
    currency = target.contract.currency
    if tiers == "[]":
        return f"{unit_price:f} {currency}"
    parts = [f"{_units(up_to)} at {micro_to_decimal(each):f}" for up_to, each in json.loads(tiers)]
    return f"{', '.join(parts)} {currency}"


def _units(up_to: int | None) -> str:
    return "beyond" if up_to is None else f"up to {micro_to_decimal(up_to):f}"
