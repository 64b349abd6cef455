"""The part of a scenario before its timeline: who is billed for what, and what counts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from icb.contracts.inputs import NewContract, NewContractService, NewService
from icb.foundation.provider_details import TAX_DAYS
from icb.hub.inputs import NewBillingType, NewConnection, NewModuleOrganization
from icb.kernel.currency import check_currency
from icb.kernel.days import zone_named
from icb.kernel.errors import InvalidInput
from icb.kernel.period import Anchor, PeriodLength
from icb.mapping.inputs import NewOrganizationMapping, NewServiceMapping
from icb.organizations.inputs import NewOrganization, NewTaxPart, NewTaxRate
from icb.rating.tax import CATEGORIES
from icb.rating.terms import Billing, PricingKind, UnitChanges
from icb.scenarios import fields as kinds
from icb.scenarios.fields import Field, record
from icb.scenarios.places import Place

_SHAPES = (
    "gauge",
    "gauge_lookback",
    "gauge_storage",
    "boolean",
    "one_time",
    "cumulative_in_period",
    "unique_in_period",
    "high_water",
    "unit_days",
    "tier",
    "max_of",
)
_TYPES = ("customer", "lead", "prospect", "partner", "vendor", "dead", "cancelation")


@dataclass(frozen=True, slots=True)
class ProviderHeader:
    """The provider of the story."""

    currency: str = "USD"
    timezone: str = "UTC"
    tax_rates: Mapping[str, Decimal] = field(default_factory=dict)
    tax_day: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A kind of entry: the fields it has, and those it cannot do without."""

    fields: Mapping[str, Field]
    required: tuple[str, ...] = ()

    def read(self, place: Place) -> dict[str, Any]:
        """The given values under the names that the product's inputs have for them."""
        values = record(place, fields=self.fields, required=self.required)
        return {_NAMES.get(name, name): value for name, value in values.items()}


_NAMES = {"from": "from_day", "created": "created_on", "compound": "is_compound"}


def _checked(check: Callable[[str], object]) -> Field:
    """A text that there is no story without, so that it is part of the file's own structure."""

    def read(place: Place) -> str:
        value = place.text()
        try:
            check(value)
        except InvalidInput:
            place.fail(f'"{value}" is not known')
        return value

    return read


def provider(place: Place) -> ProviderHeader:
    """The provider and its tax rates."""
    return ProviderHeader(**ENTRIES["provider"].read(place))


def organization(place: Place) -> NewOrganization:
    """One organization; its name is its key unless given."""
    return NewOrganization(**_with_name(ENTRIES["organizations"].read(place), "key"))


def tax(place: Place) -> NewTaxRate:
    """One tax; its name is its key unless given."""
    return NewTaxRate(**_with_name(ENTRIES["taxes"].read(place), "key"))


def tax_part(place: Place) -> NewTaxPart:
    """One part of what a tax comes to."""
    return NewTaxPart(**ENTRIES["parts of a tax"].read(place))


def service(place: Place) -> NewService:
    """One service that the provider sells."""
    return NewService(**_with_name(ENTRIES["services"].read(place), "key"))


def tier(place: Place) -> tuple[Decimal | None, Decimal]:
    """One tier: the last unit in it (None: without end) and the price of a unit."""
    values = ENTRIES["tiers"].read(place)
    return values.get("up_to"), values["price"]


def contract_service(place: Place) -> NewContractService:
    """One service on a contract."""
    return NewContractService(**ENTRIES["services of a contract"].read(place))


def contract(place: Place) -> NewContract:
    """One contract with its services."""
    return NewContract(**ENTRIES["contracts"].read(place))


def billing_type(place: Place) -> NewBillingType:
    """One thing that a module counts."""
    return NewBillingType(**ENTRIES["billing_types of a module"].read(place))


def module_organization(place: Place) -> NewModuleOrganization:
    """One record of a client at a vendor."""
    values = ENTRIES["organizations of a module"].read(place)
    return NewModuleOrganization(**_with_name(values, "id"))


def module(place: Place) -> NewConnection:
    """One connected module: what it counts, at which of its organizations."""
    return NewConnection(**ENTRIES["modules"].read(place))


def organization_mapping(place: Place) -> NewOrganizationMapping:
    """Whose a module organization is; `ignore: true` instead of an organization."""
    values = ENTRIES["organization_mappings"].read(place)
    _one_target(place, values, "organization")
    return NewOrganizationMapping(**values)


def service_mapping(place: Place) -> tuple[str, NewServiceMapping]:
    """The contract, and which of its services a billing type drives; or `ignore: true`."""
    values = ENTRIES["service_mappings"].read(place)
    _one_target(place, values, "service")
    contract_key = values.pop("contract")
    return contract_key, NewServiceMapping(**values)


def _one_target(place: Place, values: Mapping[str, Any], name: str) -> None:
    if bool(values.get("ignore")) == (name in values):
        place.fail(f"give either {name} or ignore: true")


def _with_name(values: dict[str, Any], key: str) -> dict[str, Any]:
    values.setdefault("name", values[key])
    return values


_DATED = {"from": kinds.day, "until": kinds.day, "reason": kinds.text}

ENTRIES: Mapping[str, Entry] = {
    "provider": Entry(
        {
            "currency": _checked(check_currency),
            "timezone": _checked(zone_named),
            "tax_rates": kinds.named(kinds.number),
            "tax_day": kinds.choice(TAX_DAYS),
        }
    ),
    "taxes": Entry(
        {
            "key": kinds.key,
            "name": kinds.text,
            "percent": kinds.number,
            "category": kinds.choice(CATEGORIES),
            "reason": kinds.text,
        },
        ("key",),
    ),
    "parts of a tax": Entry(
        {"name": kinds.text, "percent": kinds.number, "compound": kinds.flag},
        ("percent",),
    ),
    "organizations": Entry(
        {
            "key": kinds.key,
            "name": kinds.text,
            "currency": kinds.text,
            "tax": kinds.text,
            "tax_exempt": kinds.flag,
            "tax_region": kinds.text,
            "type": kinds.choice(_TYPES),
            "bill_to": kinds.key,
            "parent": kinds.key,
            "domain": kinds.text,
            "address": kinds.text,
            "tax_number": kinds.text,
            "email": kinds.text,
        },
        ("key",),
    ),
    "services": Entry(
        {
            "key": kinds.key,
            "name": kinds.text,
            "price": kinds.number,
            "cost": kinds.number,
            "tax": kinds.text,
        },
        ("key", "price"),
    ),
    "contracts": Entry(
        {
            "key": kinds.key,
            "organization": kinds.key,
            "starts_on": kinds.day,
            "ends_on": kinds.day,
            "period": kinds.choice(PeriodLength),
            "anchor": kinds.choice(Anchor),
            "billing": kinds.choice(Billing),
            "currency": kinds.text,
            "minimum_amount": kinds.number,
            "name": kinds.text,
            "services": kinds.many(contract_service),
        },
        ("key", "organization", "starts_on"),
    ),
    "services of a contract": Entry(
        {
            "service": kinds.key,
            "key": kinds.key,
            "price": kinds.number,
            "units": kinds.number,
            "included": kinds.number,
            "minimum": kinds.number,
            "discount": kinds.number,
            "pricing": kinds.choice(PricingKind),
            "package_size": kinds.number,
            "tiers": kinds.many(tier),
            "minimum_amount": kinds.number,
            "unit_changes": kinds.choice(UnitChanges),
        },
        ("service",),
    ),
    "tiers": Entry({"up_to": kinds.number, "price": kinds.number}, ("price",)),
    "modules": Entry(
        {
            "key": kinds.key,
            "name": kinds.text,
            "billing_types": kinds.many(billing_type),
            "organizations": kinds.many(module_organization),
            "gap_days": kinds.integer,
            "fall_percent": kinds.integer,
            "fall_units": kinds.integer,
            "rise_percent": kinds.integer,
            "rise_units": kinds.integer,
        },
        ("key",),
    ),
    "billing_types of a module": Entry(
        {
            "key": kinds.key,
            "unit": kinds.text,
            "name": kinds.text,
            "value": kinds.choice(("whole", "decimal", "boolean")),
            "shape": kinds.choice(_SHAPES),
            "merge": kinds.choice(("sum", "or", "max")),
            "absent_is_zero": kinds.flag,
            "overlaps": kinds.many(kinds.key),
        },
        ("key",),
    ),
    "organizations of a module": Entry(
        {
            "id": kinds.key,
            "name": kinds.text,
            "parent": kinds.text,
            "domain": kinds.text,
            "created": kinds.day,
        },
        ("id",),
    ),
    "organization_mappings": Entry(
        {
            "module": kinds.key,
            "id": kinds.key,
            "organization": kinds.key,
            "ignore": kinds.flag,
            **_DATED,
        },
        ("module", "id"),
    ),
    "service_mappings": Entry(
        {
            "contract": kinds.key,
            "module": kinds.key,
            "billing_type": kinds.key,
            "service": kinds.key,
            "ignore": kinds.flag,
            "unit_changes": kinds.choice(UnitChanges),
            "also": kinds.flag,
            **_DATED,
        },
        ("contract", "module", "billing_type"),
    ),
}
"""The lists of the header, and the lists inside them."""
