"""What a contract's Service Mapping changes at once: the billing types of one module."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from icb.contracts import actions as contracts
from icb.contracts.inputs import NewContractService, NewService
from icb.contracts.queries import ContractRow, contract_named, services
from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.foundation.versions import check_version
from icb.kernel.problems import Problems, unknown
from icb.mapping.actions.service_mapping import map_service, map_services, unmap_service
from icb.mapping.actions.storing import LOCK
from icb.mapping.actions.units import set_unit_changes
from icb.mapping.inputs import AddedService, NewServiceMapping, SectionChange, WantedType
from icb.mapping.section_queries import SectionRow, mapping_sections, section_version


def save_section(contract: str, *, module: str, change: SectionChange) -> int:
    """Bring what a module's billing types drive on a contract to what is wanted; how many changed.

    Only types that `change` names are looked at, and only what differs is written: from its
    `from_day`, else from the contract's start where nothing was mapped and from today where
    something was. All or nothing; raises as `map_services`, `unmap_service` and
    `set_unit_changes`, and Refused where somebody else changed the section since it was seen.
    """
    with transaction(lock=LOCK):
        require(Permission.MAP)
        row = contract_named(contract)
        check_version(
            change.seen,
            version=section_version(row, module=module),
            subject=f"{contract} {module} ",
            is_prefix=True,
        )
        standing = {
            one.billing_type: one
            for section in mapping_sections(row)
            if section.module == module
            for one in section.rows
        }
        for wanted in change.wanted:
            if wanted.billing_type not in standing:
                raise unknown("billing type", key=wanted.billing_type, known=list(standing))
        changed = _end_and_choose(row, module=module, change=change, standing=standing)
        news = [
            (contract, _new(wanted, standing[wanted.billing_type], module=module, change=change))
            for wanted in change.wanted
            if _is_placed_anew(wanted, standing[wanted.billing_type])
        ]
        changed += map_services(news)
        if changed:
            audit.record("save_section", subject=f"{contract} {module} ", data={"count": changed})
        return changed


def _end_and_choose(
    row: ContractRow, *, module: str, change: SectionChange, standing: Mapping[str, SectionRow]
) -> int:
    """End what is no longer wanted, and change choices of unit changes; how many types that was."""
    problems, changed = Problems(), 0
    first = max(change.from_day or local_today(), row.starts_on)
    for wanted in change.wanted:
        named, before = wanted.billing_type, standing[wanted.billing_type]
        with problems.noting(f"{module} {named}"):
            if _is_ended(wanted, before):
                unmap_service(
                    row.key,
                    module=module,
                    billing_type=named,
                    from_day=first,
                    reason=change.reason,
                )
                changed += 1
            elif _is_chosen_anew(wanted, before):
                set_unit_changes(
                    row.key, module=module, billing_type=named, unit_changes=wanted.unit_changes
                )
                changed += 1
    problems.raise_if_any()
    return changed


def add_mapped_service(contract: str, *, new: AddedService) -> None:
    """Add a service for a billing type, to the catalogue and the contract, and map it there.

    A service of the catalogue with this key is taken as it stands. Raises as
    `contracts.actions.add_services`, `add_contract_services` and `map_service`; nothing is stored
    unless all of it is.
    """
    with transaction(lock=LOCK):
        require(Permission.MANAGE_CONTRACTS)
        require(Permission.MAP)
        if new.key not in {row.key for row in services()}:
            contracts.add_services([NewService(new.key, new.name, new.price)])
        contracts.add_contract_services(
            contract, news=[NewContractService(new.key, price=new.price)]
        )
        map_service(
            contract,
            mapping=NewServiceMapping(
                new.module,
                new.billing_type,
                service=new.key,
                unit_changes=new.unit_changes,
                from_day=new.from_day,
            ),
        )
        audit.record(
            "add_mapped_service",
            subject=f"{contract} {new.module} {new.billing_type}",
            data={"service": new.key},
        )


def _is_ended(wanted: WantedType, before: SectionRow) -> bool:
    stands = bool(before.service) or before.is_ignored
    return stands and not wanted.service and not wanted.ignore


def _is_placed_anew(wanted: WantedType, before: SectionRow) -> bool:
    if wanted.ignore:
        return not before.is_ignored
    return bool(wanted.service) and wanted.service != before.service


def _is_chosen_anew(wanted: WantedType, before: SectionRow) -> bool:
    return bool(
        wanted.service
        and wanted.service == before.service
        and wanted.unit_changes
        and wanted.unit_changes != before.unit_changes
    )


def _new(
    wanted: WantedType, before: SectionRow, *, module: str, change: SectionChange
) -> NewServiceMapping:
    stood = bool(before.service) or before.is_ignored
    first: date | None = change.from_day or (local_today() if stood else None)
    return NewServiceMapping(
        module,
        wanted.billing_type,
        service="" if wanted.ignore else wanted.service,
        ignore=wanted.ignore,
        unit_changes="" if wanted.ignore else wanted.unit_changes,
        from_day=first,
        reason=change.reason,
    )
