"""What can be done with the catalogue and the contracts. One verb per function."""

from icb.contracts.actions.catalogue import add_services
from icb.contracts.actions.contract import add_contracts, end_contract
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
    "choose_unit_changes",
    "end_contract",
    "set_price",
    "set_unit_changes",
    "set_units",
]
