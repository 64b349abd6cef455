"""The hub's holds with what they hold: the organization and the contract service of the line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from icb.contracts.queries import ContractRow, contracts
from icb.hub.queries import HoldRow, holds
from icb.mapping.queries import (
    OrganizationMappingRow,
    ServiceMappingRow,
    organization_mappings,
    service_mappings,
)

# Without a line there is nothing to decide about a gap; what a guard stopped waits in any case.
_GAPS = ("gap", "absent")


class HeldLine(NamedTuple):
    """A hold, and whose line it holds: both None where nothing is mapped on its days."""

    hold: HoldRow
    organization: str | None
    service: str | None


def held_lines() -> Iterator[HeldLine]:
    """Everything that waits for a decision; gaps only where they hold a line."""
    owners, drivers = organization_mappings(), service_mappings()
    agreed = {contract.key: contract for contract in contracts()}
    for hold in holds():
        organization = _organization(hold, owners)
        service = None
        if organization is not None:
            service = _service(hold, organization, drivers=drivers, agreed=agreed)
        if service is not None or hold.reason not in _GAPS:
            yield HeldLine(hold, organization, service)


def _organization(hold: HoldRow, owners: list[OrganizationMappingRow]) -> str | None:
    for owner in owners:
        is_it = (owner.module, owner.id) == (hold.connection, hold.module_organization)
        if is_it and owner.organization and _meets(hold, owner.starts_on, owner.ends_on):
            return owner.organization
    return None


def _service(
    hold: HoldRow,
    organization: str,
    *,
    drivers: list[ServiceMappingRow],
    agreed: dict[str, ContractRow],
) -> str | None:
    for driver in drivers:
        contract = agreed[driver.contract]
        is_it = (driver.module, driver.billing_type) == (hold.connection, hold.billing_type)
        if (
            is_it
            and driver.service
            and contract.organization == organization
            and _meets(hold, contract.starts_on, contract.ends_on)
            and _meets(hold, driver.starts_on, driver.ends_on)
        ):
            return driver.service
    return None


def _meets(hold: HoldRow, starts_on: date | None, ends_on: date | None) -> bool:
    """Whether one of the hold's days lies between the two, both inclusive; None is open."""
    begins_before = starts_on is None or starts_on <= hold.to_day
    return begins_before and (ends_on is None or ends_on >= hold.from_day)
