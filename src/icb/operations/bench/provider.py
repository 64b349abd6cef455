"""The provider that the benchmark bills: made by rule from a seed, so that runs can be compared.

Every organization has 27 contract services on three contracts, each driven by one billing type of
one of three modules; a count changes on about one day in twenty.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from icb.contracts.actions import add_contracts, add_services
from icb.contracts.inputs import NewContract, NewContractService, NewService
from icb.foundation.inputs import NewProvider
from icb.foundation.providers import create_provider
from icb.hub.actions import connect_modules
from icb.hub.inputs import Answer, CountRow, NewBillingType, NewConnection, NewModuleOrganization
from icb.mapping.actions import map_organizations, map_services
from icb.mapping.inputs import NewOrganizationMapping, NewServiceMapping
from icb.organizations.actions import add_organizations, add_tax_rates
from icb.organizations.inputs import NewOrganization, NewTaxRate

MODULES = ("rmm", "backup", "security")
TYPES_PER_MODULE = 9
SERVICES_PER_ORGANIZATION = len(MODULES) * TYPES_PER_MODULE
STARTS_ON = date(2025, 1, 1)
_SEED = 20250101


def make_provider() -> int:
    """The provider without anything; its id."""
    return create_provider(
        NewProvider(key="bench", name="Benchmark", currency="USD", timezone="UTC", owner="bench")
    )


def make_agreements(organizations: int) -> None:
    """Organizations, services, contracts, modules and mappings, all from STARTS_ON on."""
    add_tax_rates([NewTaxRate(key="standard", percent="20", name="Standard")])
    add_organizations(
        [
            NewOrganization(key=_org(n), name=f"Organization {n}", tax="standard")
            for n in range(organizations)
        ]
    )
    add_services(
        [
            NewService(key=_service(module, kind), name=f"{module} {kind}", price=f"{kind + 1}.35")
            for module in MODULES
            for kind in range(TYPES_PER_MODULE)
        ]
    )
    add_contracts([_contract(n, module) for n in range(organizations) for module in MODULES])
    connect_modules([_connection(module, organizations) for module in MODULES])
    map_organizations(
        [
            NewOrganizationMapping(module=module, id=str(n), organization=_org(n))
            for module in MODULES
            for n in range(organizations)
        ]
    )
    map_services(
        [
            (
                f"{_org(n)}-{module}",
                NewServiceMapping(
                    module=module,
                    billing_type=f"type-{kind}",
                    service=_service(module, kind),
                    unit_changes="prorate_daily",
                ),
            )
            for n in range(organizations)
            for module in MODULES
            for kind in range(TYPES_PER_MODULE)
        ]
    )


def _contract(number: int, module: str) -> NewContract:
    return NewContract(
        key=f"{_org(number)}-{module}",
        organization=_org(number),
        starts_on=STARTS_ON,
        services=[
            NewContractService(
                service=_service(module, kind),
                included=2 if kind == TYPES_PER_MODULE - 1 else 0,
                minimum=3 if kind == TYPES_PER_MODULE - 2 else 0,
            )
            for kind in range(TYPES_PER_MODULE)
        ],
    )


def _connection(module: str, organizations: int) -> NewConnection:
    return NewConnection(
        key=module,
        name=module,
        billing_types=[NewBillingType(key=f"type-{kind}") for kind in range(TYPES_PER_MODULE)],
        organizations=[
            NewModuleOrganization(id=str(n), name=f"Organization {n}") for n in range(organizations)
        ],
    )


def month_of_answers(month: date, *, organizations: int) -> Iterator[tuple[str, Answer]]:
    """The answers of every module for every day of a month, day by day."""
    day, end = month, (month + timedelta(days=32)).replace(day=1)
    counts = {
        (module, n, kind): _start_count(n, kind)
        for module in MODULES
        for n in range(organizations)
        for kind in range(TYPES_PER_MODULE)
    }
    chance = random.Random(f"{_SEED}-{month}")
    while day < end:
        for key in counts:
            if chance.random() < 1 / 20:
                counts[key] = max(1, counts[key] + chance.choice((-2, -1, 1, 2)))
        for module in MODULES:
            rows = [
                CountRow(str(n), f"type-{kind}", counts[module, n, kind])
                for n in range(organizations)
                for kind in range(TYPES_PER_MODULE)
            ]
            yield module, Answer(day=day, rows=rows)
        day += timedelta(days=1)


def _start_count(number: int, kind: int) -> int:
    return 5 + (number * 7 + kind * 3) % 40


def _org(number: int) -> str:
    return f"org-{number:05}"


def _service(module: str, kind: int) -> str:
    return f"{module}-{kind}"
