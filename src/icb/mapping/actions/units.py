"""Typed units and choices of unit changes: both depend on what drives a service."""

from __future__ import annotations

from datetime import date

from icb.contracts import actions as contracts
from icb.contracts.inputs import Number
from icb.contracts.models import ContractService
from icb.contracts.queries import ContractRow, contract_named
from icb.foundation.actor import Permission, require
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.hub.models import BillingType, ModuleConnection
from icb.kernel.checks import check_choice
from icb.kernel.errors import Refused
from icb.kernel.period import Anchor, PeriodLength, period_containing
from icb.kernel.problems import unknown
from icb.mapping.actions.storing import LOCK
from icb.mapping.feeds import counting_rule, days_between
from icb.mapping.models import ServiceMapping
from icb.mapping.policies import Driven, check_fit
from icb.rating.terms import Billing, CountingRule, UnitChanges


def type_units(
    contract: str, *, service: str, units: Number, from_day: date, seen: str = ""
) -> None:
    """Type the units of a contract service from a day on, where no count drives it.

    Raises as `contracts.actions.set_units`, and Refused on a day on which a mapping drives it.
    """
    with transaction(lock=LOCK):
        require(Permission.MANAGE_CONTRACTS)
        row = contract_named(contract)
        for mapping in _mappings(row, service=service):
            if days_between(mapping.starts_on, mapping.ends_on).contains(from_day):
                raise Refused(
                    "driven_by_counts",
                    f"{service} on contract {contract} is driven by {mapping.billing_type.key} of "
                    f"{mapping.billing_type.connection.key} on {from_day}. Nothing was stored. "
                    "Unmap the billing type from that day on, or give a day without a mapping.",
                    contract=contract,
                    service=service,
                )
        contracts.set_units(contract, service=service, units=units, from_day=from_day, seen=seen)


def set_unit_changes(contract: str, *, module: str, billing_type: str, unit_changes: str) -> None:
    """Change how the unit changes of what a billing type drives are billed.

    On a period's first day it counts for that period, later for the next (rules, section 8).
    Raises NotFound, Refused where the type drives nothing on the contract, and for a choice that
    does not fit what is counted.
    """
    with transaction(lock=LOCK):
        require(Permission.MAP)
        row = contract_named(contract)
        today = local_today()
        first = first_day_of_choice(row, today=today)
        found = _mapped_services(row, module=module, billing_type=billing_type, today=today)
        for service in found:
            _check(row, service=service, unit_changes=unit_changes)
            contracts.choose_unit_changes(
                contract, service=service, unit_changes=unit_changes, from_day=first
            )


def set_service_unit_changes(
    contract: str, *, service: str, unit_changes: str, from_day: date
) -> None:
    """Change how unit changes of a contract service are billed, for periods from a day on.

    Raises as `set_unit_changes`, and Refused for a day that would bill the past anew.
    """
    with transaction(lock=LOCK):
        require(Permission.MAP)
        row = contract_named(contract)
        first = first_day_of_choice(row, today=local_today())
        if from_day < first:
            raise Refused(
                "past_is_billed",
                f"unit_changes from {from_day}: a choice never bills the past anew. Nothing was "
                f"stored. Give {first}, where the next period starts, or a later day.",
            )
        _check(row, service=service, unit_changes=unit_changes)
        contracts.choose_unit_changes(
            contract, service=service, unit_changes=unit_changes, from_day=from_day
        )


def first_day_of_choice(row: ContractRow, *, today: date) -> date:
    """The first day of the first period that a choice made today counts for."""
    if today <= row.starts_on:
        return row.starts_on
    period = period_containing(
        today,
        starts_on=row.starts_on,
        length=PeriodLength(row.period),
        anchor=Anchor(row.anchor),
    )
    return today if period.start == today else period.end


def _check(row: ContractRow, *, service: str, unit_changes: str) -> None:
    check_choice(unit_changes, field="unit_changes", allowed=UnitChanges)
    rules = {counting_rule(one.billing_type.shape) for one in _mappings(row, service=service)}
    for counting in rules or {CountingRule.LEVEL}:
        driven = Driven(service, counting, Billing(row.billing), is_mapped=True)
        check_fit(unit_changes, driven=driven)


def _mappings(row: ContractRow, *, service: str) -> list[ServiceMapping]:
    """What drives, drove or will drive a service of a contract."""
    if not ContractService.objects.filter(contract_id=row.id, key=service).exists():
        known = ContractService.objects.filter(contract_id=row.id).values_list("key", flat=True)
        raise unknown("service", key=service, known=list(known), where=f"on contract {row.key}")
    found = ServiceMapping.objects.filter(contract_id=row.id, contract_service__key=service)
    return list(found.select_related("billing_type__connection").order_by("pk"))


def _mapped_services(row: ContractRow, *, module: str, billing_type: str, today: date) -> list[str]:
    _check_known(module, billing_type)
    found = ServiceMapping.objects.filter(
        contract_id=row.id,
        billing_type__key=billing_type,
        billing_type__connection__key=module,
        contract_service__isnull=False,
    )
    services = {
        mapping.contract_service.key
        for mapping in found.select_related("contract_service").order_by("pk")
        if mapping.ends_on is None or mapping.ends_on >= today
    }
    if not services:
        raise Refused(
            "not_mapped",
            f"{billing_type} of {module} drives nothing on contract {row.key}. Nothing was "
            "stored. Map it to a service first.",
            contract=row.key,
            billing_type=billing_type,
        )
    return sorted(services)


def _check_known(module: str, billing_type: str) -> None:
    modules = list(ModuleConnection.objects.values_list("key", flat=True))
    if module not in modules:
        raise unknown("module", key=module, known=modules)
    types = BillingType.objects.filter(connection__key=module).values_list("key", flat=True)
    if billing_type not in types:
        raise unknown(
            "billing type", key=billing_type, known=list(types), where=f"in module {module}"
        )
