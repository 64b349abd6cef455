"""What can be done with the catalogue and the contracts. One verb per function."""

from icb.contracts.actions.catalogue import (
    add_services,
    change_service,
    restore_service,
    retire_service,
)
from icb.contracts.actions.contract import add_contracts, change_contract, end_contract
from icb.contracts.actions.contract_service import add_contract_services
from icb.contracts.actions.dated import (
    add_choices,
    choose_unit_changes,
    set_price,
    set_unit_changes,
    set_units,
)

__all__ = [
    "add_choices",
    "add_contract_services",
    "add_contracts",
    "add_services",
    "change_contract",
    "change_service",
    "choose_unit_changes",
    "end_contract",
    "restore_service",
    "retire_service",
    "set_price",
    "set_unit_changes",
    "set_units",
]
