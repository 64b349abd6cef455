"""What the database holds, as the rows of a bundle: the agreements and the mappings.

Rows stand in the order in which they were entered, dated rows by their day, so that taking them
in again gives the same order. Where several entries were made for one day, the newest holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F

from icb.contracts.models import (
    Contract,
    ContractPrice,
    ContractService,
    ContractUnitChanges,
    ContractUnits,
    Service,
)
from icb.exchange.file_format import FileFormat
from icb.exchange.format import (
    BILLING_TYPES,
    CONTRACT_PRICES,
    CONTRACT_SERVICES,
    CONTRACT_UNIT_CHANGES,
    CONTRACT_UNITS,
    CONTRACTS,
    MODULE_ORGANIZATIONS,
    MODULES,
    ORGANIZATION_MAPPINGS,
    ORGANIZATIONS,
    PROVIDER,
    SERVICE_MAPPINGS,
    SERVICES,
    TAX_EXEMPTIONS,
    TAX_PERCENTAGES,
    TAX_RATES,
    TIMEZONES,
)
from icb.exchange.settings_format import (
    ACCOUNT_RULES,
    ACCOUNTS,
    DOCUMENT_CHOICES,
    MAPPING_TEMPLATES,
    RECIPIENTS,
)
from icb.exchange.stored_settings import (
    account_rows,
    account_rule_rows,
    document_choice_rows,
    mapping_template_rows,
    recipient_rows,
)
from icb.exchange.stored_taxes import tax_exemption_rows, tax_percentage_rows, tax_rate_rows
from icb.exchange.values import NO, YES, join_list
from icb.foundation.models import Provider, ProviderTimezone
from icb.foundation.providers import FROM_EVER
from icb.foundation.scope import provider_id
from icb.hub.models import BillingType, ModuleConnection, ModuleOrganization
from icb.kernel.quantity import format_micro, to_micro
from icb.mapping.models import OrganizationMapping, ServiceMapping
from icb.organizations.models import Organization

_START = F("contract_service__contract__starts_on")
_CONTRACT_ORDER = ("contract_service__contract_id", "contract_service_id")
Cells = tuple[str, ...]


def stored_rows(file_format: FileFormat) -> Iterator[Cells]:
    """The rows of a file as the database holds them, in canonical text, in the order to write."""
    return _READERS[file_format.name]()


def _provider() -> Iterator[Cells]:
    found = Provider.objects.get(pk=provider_id())
    zone = ProviderTimezone.objects.get(from_day=FROM_EVER).zone
    yield (
        found.key,
        found.name,
        found.currency,
        zone,
        found.legal_name,
        found.address,
        found.tax_number,
        found.email,
        found.payment_terms,
        found.postal_code,
        found.city,
        found.region,
        found.country,
        found.phone,
        found.electronic_address,
        found.electronic_scheme,
        found.account_holder,
        found.iban,
        found.bic,
        found.bank_name,
        str(found.payment_days),
        found.language,
        found.tax_day,
    )


def _timezones() -> Iterator[Cells]:
    later = ProviderTimezone.objects.exclude(from_day=FROM_EVER).order_by("from_day")
    for day, zone in later.values_list("from_day", "zone"):
        yield day.isoformat(), zone


def _organizations() -> Iterator[Cells]:
    return _plain(
        Organization,
        "key",
        "name",
        "type",
        "currency",
        "tax_rate__key",
        "tax_exempt",
        "tax_region",
        "bill_to__key",
        "parent__key",
        "domain",
        "address",
        "tax_number",
        "email",
        "postal_code",
        "city",
        "region",
        "country",
        "language",
        "payment_days",
        "buyer_reference",
        "purchase_order",
        "electronic_address",
        "electronic_scheme",
    )


def _services() -> Iterator[Cells]:
    return _plain(Service, "key", "name", "price", "cost", "tax_rate__key", "is_active")


def _contracts() -> Iterator[Cells]:
    return _plain(
        Contract,
        "key",
        "name",
        "organization__key",
        "starts_on",
        "ends_on",
        "period",
        "anchor",
        "billing",
        "currency",
        "minimum_amount",
    )


def _contract_services() -> Iterator[Cells]:
    prices, units = _first_prices(), _first(ContractUnits, "units")
    policies = _first(ContractUnitChanges, "unit_changes")
    columns = ("contract__key", "key", "service__key")
    agreed = ("pricing", "package_size", "included", "minimum", "discount", "minimum_amount")
    rows = ContractService.objects.order_by("contract_id", "pk")
    for row in rows.values_list("pk", *columns, *agreed).iterator():
        identity, terms = map(cell, row[1:4]), map(cell, row[4:])
        price, tiers = prices.get(row[0], ("", ""))
        yield (
            *identity,
            price,
            tiers,
            units.get(row[0], ""),
            policies.get(row[0], ""),
            *terms,
        )


def _contract_prices() -> Iterator[Cells]:
    for place, day, price, tiers in _later(ContractPrice, "unit_price", "tiers"):
        yield *place, day, cell(price), tiers_text(tiers)


def _contract_units() -> Iterator[Cells]:
    for place, day, units in _later(ContractUnits, "units"):
        yield *place, day, cell(units)


def _contract_unit_changes() -> Iterator[Cells]:
    for place, day, unit_changes in _later(ContractUnitChanges, "unit_changes"):
        yield *place, day, cell(unit_changes)


def _modules() -> Iterator[Cells]:
    return _plain(
        ModuleConnection,
        "key",
        "name",
        "module",
        "gap_days",
        "fall_percent",
        "fall_units",
        "rise_percent",
        "rise_units",
    )


def _billing_types() -> Iterator[Cells]:
    columns = ("connection__key", "key", "name", "unit", "value", "shape", "merge")
    rest = ("absent_is_zero", "overlaps", "is_known", "retired_on")
    return _plain(BillingType, *columns, *rest, order="connection_id")


def _module_organizations() -> Iterator[Cells]:
    return _plain(
        ModuleOrganization,
        "connection__key",
        "external_id",
        "name",
        "parent_external_id",
        "domain",
        "vendor_created_on",
        order="connection_id",
    )


def _organization_mappings() -> Iterator[Cells]:
    rows = OrganizationMapping.objects.order_by(
        "module_organization__connection_id", "module_organization_id", "starts_on", "pk"
    )
    names = ("module_organization__connection__key", "module_organization__external_id")
    said = ("starts_on", "organization__key", "ends_on", "reason")
    found = sorted(rows.values_list(*names, *said), key=_unset_first(2))
    for module, id_, starts_on, organization, ends_on, reason in found:
        ignored = YES if organization is None else NO
        yield module, id_, cell(organization), ignored, cell(starts_on), cell(ends_on), reason


def _service_mappings() -> Iterator[Cells]:
    """Mappings that drive a service besides another come last: each needs the other first."""
    rows = ServiceMapping.objects.order_by("contract_id", "billing_type_id", "starts_on", "pk")
    names = ("contract_id", "contract__key", "billing_type__connection__key", "billing_type__key")
    said = ("is_also", "starts_on", "contract_service__key", "ends_on", "reason")
    found = sorted(rows.values_list(*names, *said), key=_unset_first(5))
    for _, contract, module, type_, also, starts_on, service, ends_on, reason in found:
        ignored = YES if service is None else NO
        place = contract, module, type_, cell(service), ignored, ""
        yield *place, cell(starts_on), cell(ends_on), cell(also), reason


def _plain(model: Any, *columns: str, order: str = "pk") -> Iterator[Cells]:
    for row in model.objects.order_by(order, "pk").values_list(*columns).iterator():
        yield tuple(map(cell, row))


def _first_prices() -> dict[int, tuple[str, str]]:
    return {
        service: (cell(price), tiers_text(tiers))
        for service, (price, tiers) in _first_values(ContractPrice, "unit_price", "tiers").items()
    }


def _first(model: Any, column: str) -> dict[int, str]:
    return {service: cell(value) for service, (value,) in _first_values(model, column).items()}


def _first_values(model: Any, *columns: str) -> dict[int, tuple[Any, ...]]:
    """By contract service, what is in force on the contract's first day."""
    rows = model.objects.filter(from_day__lte=_START).order_by("from_day", "pk")
    found = rows.values_list("contract_service_id", *columns)
    return {service: tuple(values) for service, *values in found}


def _later(model: Any, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Rows that take effect after the contract's first day: (contract, service), day, values.

    The newest entry of a day holds; what changes nothing is left out.
    """
    in_force = _first_values(model, *columns)
    rows = model.objects.filter(from_day__gt=_START)
    names = ("contract_service__contract__key", "contract_service__key")
    found = rows.order_by(*_CONTRACT_ORDER, "from_day", "pk").values_list(
        "contract_service_id", "from_day", *names, *columns
    )
    newest = {(row[0], row[1]): row[2:] for row in found.iterator()}
    for (service, day), (contract, key, *values) in newest.items():
        if in_force.get(service) != tuple(values):
            in_force[service] = tuple(values)
            yield (contract, key), day.isoformat(), *values


def _unset_first(position: int) -> Any:
    """Sorts mappings of one thing by their first day; the one without a day comes first."""
    return lambda row: (*row[:position], row[position] or date.min)


def cell(value: object) -> str:
    """A stored value in the canonical text of its cell."""
    match value:
        case None:
            return ""
        case bool():
            return YES if value else NO
        case Decimal():
            return format_micro(to_micro(value, field="value"))
        case date():
            return value.isoformat()
        case list():
            return join_list([str(item) for item in value])
    return str(value)


def tiers_text(tiers: list[list[int | None]]) -> str:
    """Stored tiers in the canonical text of their cell."""
    parts = []
    for up_to, price in tiers:
        bound = "*" if up_to is None else format_micro(up_to)
        parts.append(f"{bound}:{format_micro(price or 0)}")
    return " ".join(parts)


_READERS = {
    PROVIDER.name: _provider,
    TIMEZONES.name: _timezones,
    TAX_RATES.name: tax_rate_rows,
    TAX_PERCENTAGES.name: tax_percentage_rows,
    TAX_EXEMPTIONS.name: tax_exemption_rows,
    ORGANIZATIONS.name: _organizations,
    SERVICES.name: _services,
    CONTRACTS.name: _contracts,
    CONTRACT_SERVICES.name: _contract_services,
    CONTRACT_PRICES.name: _contract_prices,
    CONTRACT_UNITS.name: _contract_units,
    CONTRACT_UNIT_CHANGES.name: _contract_unit_changes,
    MODULES.name: _modules,
    BILLING_TYPES.name: _billing_types,
    MODULE_ORGANIZATIONS.name: _module_organizations,
    ORGANIZATION_MAPPINGS.name: _organization_mappings,
    SERVICE_MAPPINGS.name: _service_mappings,
    MAPPING_TEMPLATES.name: mapping_template_rows,
    DOCUMENT_CHOICES.name: document_choice_rows,
    RECIPIENTS.name: recipient_rows,
    ACCOUNTS.name: account_rows,
    ACCOUNT_RULES.name: account_rule_rows,
}
