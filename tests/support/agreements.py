"""A small provider's agreements, made by the actions: what tests of contracts and mappings need."""

from __future__ import annotations

from datetime import date

from icb.contracts.actions import add_contracts, add_services
from icb.contracts.inputs import NewContract, NewContractService, NewService
from icb.contracts.models import ContractMark
from icb.hub.actions import connect_modules
from icb.hub.inputs import NewBillingType, NewConnection, NewModuleOrganization
from icb.hub.models import ModuleOrganization
from icb.organizations.actions import add_organizations
from icb.organizations.inputs import NewOrganization

JANUARY = date(2026, 1, 1)
MARCH = date(2026, 3, 1)
JUNE = date(2026, 6, 1)


def clients() -> None:
    """Two clients, acme and birch, and a dead one."""
    add_organizations(
        [
            NewOrganization("acme", "Acme Ltd", domain="acme.example"),
            NewOrganization("birch", "Birch & Sons"),
            NewOrganization("gone", "Gone GmbH", type="dead"),
        ]
    )


def catalogue() -> None:
    """Three services."""
    add_services(
        [
            NewService("agents", "Managed workstation", "12.00"),
            NewService("backup", "Backup", "5.50"),
            NewService("setup", "Set-up", "99"),
        ]
    )


def contract(
    key: str = "acme-1", *, organization: str = "acme", billing: str = "in_arrears"
) -> None:
    """A monthly contract from January on with all three services."""
    services = [NewContractService(name) for name in ("agents", "backup", "setup")]
    add_contracts([NewContract(key, organization, JANUARY, billing=billing, services=services)])


def module() -> None:
    """A module with types of three kinds and two organizations, the first seen in March."""
    connect_modules(
        [
            NewConnection(
                key="rmm",
                billing_types=[
                    NewBillingType(key="devices", overlaps=["servers"]),
                    NewBillingType(key="servers"),
                    NewBillingType(key="searches", shape="cumulative_in_period"),
                    NewBillingType(key="enrolled", value="boolean", shape="one_time"),
                ],
                organizations=[
                    NewModuleOrganization(id="7", name="ACME, Ltd."),
                    NewModuleOrganization(id="8", name="Birch and Sons"),
                ],
            )
        ]
    )
    ModuleOrganization.objects.filter(external_id="7").update(first_seen_on=MARCH)


def everything() -> None:
    """All of the above."""
    clients()
    catalogue()
    contract()
    module()


def marked() -> dict[str, date]:
    """The earliest marked day of each contract."""
    rows = ContractMark.objects.order_by("-from_day").values_list("contract__key", "from_day")
    return dict(rows)


def forget_marks() -> None:
    """As a bill run would, that has taken all of them into account."""
    ContractMark.objects.all().delete()
