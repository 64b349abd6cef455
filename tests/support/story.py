"""A billing story in a few words: one module, organizations with a contract each, and days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from icb.contracts.actions import add_contracts, add_services
from icb.contracts.inputs import NewContract, NewContractService, NewService
from icb.hub.actions import connect_modules, take_snapshot
from icb.hub.inputs import Answer, CountRow, NewBillingType, NewConnection, NewModuleOrganization
from icb.kernel import clock
from icb.kernel.days import DayRange
from icb.mapping.actions import map_organization, map_service
from icb.mapping.inputs import NewServiceMapping
from icb.organizations.actions import add_organizations
from icb.organizations.inputs import NewOrganization

TWO_O_CLOCK = timedelta(days=1, hours=2)


def day(text: str) -> date:
    """A day of 2025: "05-31"."""
    return date.fromisoformat(f"2025-{text}")


def at(text: str) -> None:
    """Put the clock to noon of a day of 2025."""
    clock.set_frozen(datetime.fromisoformat(f"2025-{text}T12:00:00+00:00"))


def connect(*ids: str, billing_types: tuple[NewBillingType, ...] = ()) -> None:
    """Connect the module `rmm`, which counts `seats` at these module organizations."""
    connect_modules(
        [
            NewConnection(
                key="rmm",
                billing_types=billing_types or (NewBillingType(key="seats", unit="seat"),),
                organizations=[NewModuleOrganization(id=id, name=f"Site {id}") for id in ids],
            )
        ]
    )


def sell(price: str = "2.00", *, tax: str = "") -> None:
    """Offer the service `seat`."""
    add_services([NewService(key="seat", name="Managed seat", price=price, tax=tax)])


def agree(
    organization: str, *, starts: str = "05-01", terms: Mapping[str, Any] = {}, **contract: Any
) -> None:
    """Add an organization with a contract of the same key on the service `seat`."""
    add_organizations([NewOrganization(key=organization, name=organization.title())])
    add_contracts(
        [
            NewContract(
                key=organization,
                organization=organization,
                starts_on=day(starts),
                services=[NewContractService(service="seat", **(terms or {}))],
                **contract,
            )
        ]
    )


def map_all(organization: str, id: str, *, unit_changes: str = "prorate_daily") -> None:
    """Map a module organization to an organization, and seats to its contract's service."""
    map_organization("rmm", id=id, organization=organization)
    map_service(
        organization,
        mapping=NewServiceMapping(
            module="rmm", billing_type="seats", service="seat", unit_changes=unit_changes
        ),
    )


def receive(first: str, last: str, counts: Mapping[str, int]) -> None:
    """Take a snapshot of seats for each day, at two o'clock on the day after it."""
    days = DayRange(day(first), day(last) + timedelta(days=1))
    for number in range(days.days):
        taken = days.start + timedelta(days=number)
        midnight = datetime.fromisoformat(f"{taken}T00:00:00+00:00")
        clock.set_frozen(max(clock.now(), midnight + TWO_O_CLOCK))
        rows = [CountRow(id, "seats", count) for id, count in counts.items()]
        take_snapshot("rmm", answer=Answer(day=taken, rows=rows))
