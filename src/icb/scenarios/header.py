"""The part of a scenario before its timeline: who is billed for what, and what counts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from icb.contracts.inputs import NewContract, NewContractService, NewService
from icb.hub.inputs import NewBillingType, NewConnection, NewModuleOrganization
from icb.kernel.currency import check_currency
from icb.kernel.days import zone_named
from icb.kernel.errors import InvalidInput
from icb.kernel.period import Anchor, PeriodLength
from icb.mapping.inputs import NewOrganizationMapping, NewServiceMapping
from icb.organizations.inputs import NewOrganization
from icb.rating.terms import Billing, PricingKind, UnitChanges
from icb.scenarios import fields as kinds
from icb.scenarios.fields import Field, record
from icb.scenarios.places import Place

_VALUES = ("whole", "decimal", "boolean")
_MERGES = ("sum", "or", "max")
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
_FROM = {"from": "from_day"}


@dataclass(frozen=True, slots=True)
class ProviderHeader:
    """The provider of the story."""

    currency: str = "USD"
    timezone: str = "UTC"
    tax_rates: Mapping[str, Decimal] = field(default_factory=dict)


def provider(place: Place) -> ProviderHeader:
    """The provider and its tax rates."""
    fields: dict[str, Field] = {
        "currency": _checked(check_currency),
        "timezone": _checked(zone_named),
        "tax_rates": kinds.named(kinds.number),
    }
    return ProviderHeader(**record(place, fields))


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


def organization(place: Place) -> NewOrganization:
    """One organization; its name is its key unless given."""
    fields: dict[str, Field] = {
        "key": kinds.key,
        "name": kinds.text,
        "currency": kinds.text,
        "tax": kinds.text,
        "tax_exempt": kinds.flag,
        "type": kinds.choice(_TYPES),
        "bill_to": kinds.key,
        "parent": kinds.key,
        "domain": kinds.text,
        "address": kinds.text,
        "tax_number": kinds.text,
        "email": kinds.text,
    }
    return NewOrganization(**_with_name(record(place, fields, required=("key",)), "key"))


def service(place: Place) -> NewService:
    """One service that the provider sells."""
    fields: dict[str, Field] = {
        "key": kinds.key,
        "name": kinds.text,
        "price": kinds.number,
        "cost": kinds.number,
        "tax": kinds.text,
    }
    return NewService(**_with_name(record(place, fields, required=("key", "price")), "key"))


def tier(place: Place) -> tuple[Decimal | None, Decimal]:
    """One tier: the last unit in it (None: without end) and the price of a unit."""
    fields: dict[str, Field] = {"up_to": kinds.number, "price": kinds.number}
    values = record(place, fields, required=("price",))
    return values.get("up_to"), values["price"]


def contract_service(place: Place) -> NewContractService:
    """One service on a contract."""
    fields: dict[str, Field] = {
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
    }
    return NewContractService(**record(place, fields, required=("service",)))


CONTRACT: Mapping[str, Field] = {
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
}
CONTRACT_REQUIRED = ("key", "organization", "starts_on")


def contract(place: Place) -> NewContract:
    """One contract with its services."""
    return NewContract(**record(place, CONTRACT, required=CONTRACT_REQUIRED))


def billing_type(place: Place) -> NewBillingType:
    """One thing that a module counts."""
    fields: dict[str, Field] = {
        "key": kinds.key,
        "unit": kinds.text,
        "name": kinds.text,
        "value": kinds.choice(_VALUES),
        "shape": kinds.choice(_SHAPES),
        "merge": kinds.choice(_MERGES),
        "absent_is_zero": kinds.flag,
        "overlaps": kinds.many(kinds.key),
    }
    return NewBillingType(**record(place, fields, required=("key",)))


def module_organization(place: Place) -> NewModuleOrganization:
    """One record of a client at a vendor."""
    fields: dict[str, Field] = {
        "id": kinds.key,
        "name": kinds.text,
        "parent": kinds.text,
        "domain": kinds.text,
        "created": kinds.day,
    }
    values = _with_name(record(place, fields, required=("id",)), "id")
    return NewModuleOrganization(**_renamed(values, {"created": "created_on"}))


def module(place: Place) -> NewConnection:
    """One connected module: what it counts, at which of its organizations."""
    fields: dict[str, Field] = {
        "key": kinds.key,
        "name": kinds.text,
        "billing_types": kinds.many(billing_type),
        "organizations": kinds.many(module_organization),
        "gap_days": kinds.integer,
        "fall_percent": kinds.integer,
        "fall_units": kinds.integer,
        "rise_percent": kinds.integer,
        "rise_units": kinds.integer,
    }
    return NewConnection(**record(place, fields, required=("key",)))


def organization_mapping(place: Place) -> NewOrganizationMapping:
    """Whose a module organization is; `ignore: true` instead of an organization."""
    fields: dict[str, Field] = {
        "module": kinds.key,
        "id": kinds.key,
        "organization": kinds.key,
        "ignore": kinds.flag,
        "from": kinds.day,
        "until": kinds.day,
        "reason": kinds.text,
    }
    values = record(place, fields, required=("module", "id"))
    _one_target(place, values, "organization")
    return NewOrganizationMapping(**_renamed(values, _FROM))


def service_mapping(place: Place) -> tuple[str, NewServiceMapping]:
    """The contract, and which of its services a billing type drives; or `ignore: true`."""
    fields: dict[str, Field] = {
        "contract": kinds.key,
        "module": kinds.key,
        "billing_type": kinds.key,
        "service": kinds.key,
        "ignore": kinds.flag,
        "unit_changes": kinds.choice(UnitChanges),
        "from": kinds.day,
        "until": kinds.day,
        "also": kinds.flag,
        "reason": kinds.text,
    }
    values = record(place, fields, required=("contract", "module", "billing_type"))
    _one_target(place, values, "service")
    contract_key = values.pop("contract")
    return contract_key, NewServiceMapping(**_renamed(values, _FROM))


def _one_target(place: Place, values: Mapping[str, Any], name: str) -> None:
    if bool(values.get("ignore")) == (name in values):
        place.fail(f"give either {name} or ignore: true")


def _with_name(values: dict[str, Any], key: str) -> dict[str, Any]:
    values.setdefault("name", values[key])
    return values


def _renamed(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in values.items()}
