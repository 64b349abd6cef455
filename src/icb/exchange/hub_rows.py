"""Takes in modules, what they count and whose usage they report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from icb.exchange.difference import Difference
from icb.exchange.file_format import FileFormat
from icb.exchange.format import BILLING_TYPES, MODULE_ORGANIZATIONS, MODULES
from icb.exchange.reader import Row
from icb.exchange.taking import Batch, Place, Taking
from icb.exchange.values import YES, split_list
from icb.hub.actions import add_billing_types, add_module_organizations, connect_modules
from icb.hub.inputs import NewBillingType, NewConnection, NewModuleOrganization


def take_modules(taking: Taking, *, difference: Difference) -> None:
    """Connect modules."""
    for row in difference.added:
        if not taking.change(Place(MODULES, row.line), act=partial(_connect, row)):
            taking.refuse_key(MODULES, row=row)
    taking.refuse_changes(difference, way_out="Leave the row as it is in the database.")


def take_billing_types(taking: Taking, *, difference: Difference) -> None:
    """Add what the modules count."""
    for module, rows in _by_module(taking, difference).items():
        _add(taking, BILLING_TYPES, rows=rows, act=partial(_add_types, module))
    taking.refuse_changes(difference, way_out="Add the type under another key.")


def take_module_organizations(taking: Taking, *, difference: Difference) -> None:
    """Add the vendors' records of clients."""
    for module, rows in _by_module(taking, difference).items():
        _add(taking, MODULE_ORGANIZATIONS, rows=rows, act=partial(_add_organizations, module))
    taking.refuse_changes(
        difference, way_out="A new name comes with the module's next answer; leave the row out."
    )


def _by_module(taking: Taking, difference: Difference) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in taking.unspoilt(difference.file_format, rows=difference.added):
        found.setdefault(row.cells[0] or "", []).append(row)
    return found


def _add(
    taking: Taking,
    file_format: FileFormat,
    *,
    rows: list[Row],
    act: Callable[[Sequence[Row]], None],
) -> None:
    taken = taking.add(
        Batch(rows, act=act, called=str, place=lambda row: Place(file_format, row.line))
    )
    taking.refuse_missing(file_format, rows=rows, taken=taken)


def _connect(row: Row) -> None:
    cells = MODULES.named(row.cells)
    connect_modules(
        [
            NewConnection(
                key=cells["key"],
                name=cells["name"],
                module=cells["module"],
                gap_days=int(cells["gap_days"]),
                fall_percent=int(cells["fall_percent"]),
                fall_units=int(cells["fall_units"]),
                rise_percent=int(cells["rise_percent"]),
                rise_units=int(cells["rise_units"]),
            )
        ]
    )


def _add_types(module: str, rows: Sequence[Row]) -> None:
    add_billing_types(module, news=[_billing_type(row) for row in rows])


def _billing_type(row: Row) -> NewBillingType:
    cells = BILLING_TYPES.named(row.cells)
    retired_on = cells["retired_on"]
    return NewBillingType(
        key=cells["key"],
        name=cells["name"],
        unit=cells["unit"],
        value=cells["value"],
        shape=cells["shape"],
        merge=cells["merge"],
        absent_is_zero=cells["absent_is_zero"] == YES,
        overlaps=split_list(cells["overlaps"]),
        is_known=cells["known"] == YES,
        retired_on=date.fromisoformat(retired_on) if retired_on else None,
    )


def _add_organizations(module: str, rows: Sequence[Row]) -> None:
    add_module_organizations(module, news=[_module_organization(row) for row in rows])


def _module_organization(row: Row) -> NewModuleOrganization:
    cells = MODULE_ORGANIZATIONS.named(row.cells)
    created_on = cells["created_on"]
    return NewModuleOrganization(
        id=cells["id"],
        name=cells["name"],
        parent=cells["parent"],
        domain=cells["domain"],
        created_on=date.fromisoformat(created_on) if created_on else None,
    )
