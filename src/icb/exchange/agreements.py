"""Takes in organizations, the catalogue and the contracts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple

from icb.contracts.actions import (
    add_contract_services,
    add_contracts,
    add_services,
    end_contract,
    restore_service,
    retire_service,
    set_price,
    set_unit_changes,
)
from icb.contracts.inputs import NewContract, NewContractService, NewService, NewTier
from icb.contracts.queries import contracts
from icb.exchange.difference import Change, Difference
from icb.exchange.format import (
    CONTRACT_SERVICES,
    CONTRACTS,
    ORGANIZATIONS,
    SERVICES,
    TIMEZONES,
)
from icb.exchange.reader import Row
from icb.exchange.taking import Batch, Place, Taking
from icb.exchange.values import YES
from icb.foundation.providers import set_timezone
from icb.mapping.actions import type_units
from icb.organizations.actions import add_organizations, change_organization
from icb.organizations.inputs import NewOrganization

Cells = Mapping[str, str]


def take_timezones(taking: Taking, *, difference: Difference) -> None:
    """Let later time zones hold from their days on."""
    for row in sorted(difference.added, key=lambda row: row.cells[0] or ""):
        cells = TIMEZONES.named(row.cells)
        zone, first = cells["timezone"], date.fromisoformat(cells["from"])
        taking.change(Place(TIMEZONES, row.line), act=partial(set_timezone, zone, from_day=first))
    taking.refuse_changes(difference, way_out="The past of the calendar cannot be changed.")


def take_organizations(taking: Taking, *, difference: Difference) -> None:
    """Add organizations; change those whose fields differ."""
    taking.add_rows(
        difference,
        act=lambda rows: add_organizations([_organization(row) for row in rows]),
        word="organization",
    )
    for change in difference.changed:
        cells = ORGANIZATIONS.named(change.row.cells)
        changes: dict[str, object] = {name: cells[name] for name in change.columns}
        if "tax_exempt" in changes:
            changes["tax_exempt"] = cells["tax_exempt"] == YES
        taking.change(
            Place(ORGANIZATIONS, change.row.line),
            act=partial(change_organization, cells["key"], changes=changes),
        )


def take_services(taking: Taking, *, difference: Difference) -> None:
    """Add services to the catalogue, and offer those again that are offered again."""
    taking.add_rows(
        difference,
        act=lambda rows: add_services([_service(row) for row in rows]),
        word="service",
    )
    for change in difference.changed:
        if set(change.columns) == {"active"}:
            if _is_active(change.row):
                _offer(taking, change.row, act=restore_service)
        else:
            way_out = (
                "Give the contracts the new price (contract_prices.csv), or add the service under "
                "another key."
            )
            taking.refuse_change(SERVICES, change=change, way_out=way_out)


def retire_services(taking: Taking, *, difference: Difference) -> None:
    """Offer services no longer: after the contracts that have them."""
    changed = [row for row, columns in difference.changed if set(columns) == {"active"}]
    for row in taking.unspoilt(SERVICES, rows=[*difference.added, *changed]):
        if not _is_active(row):
            _offer(taking, row, act=retire_service)


def _offer(taking: Taking, row: Row, *, act: Callable[[str], None]) -> None:
    taking.change(Place(SERVICES, row.line), act=partial(act, row.cells[0] or ""))


def _is_active(row: Row) -> bool:
    return SERVICES.named(row.cells)["active"] == YES


class _NewContract(NamedTuple):
    """A contract to be, with the rows of its services."""

    row: Row
    services: list[Row]

    @property
    def key(self) -> str:
        return self.row.cells[0] or ""


def take_contracts(taking: Taking, *, contracts: Difference, services: Difference) -> None:
    """Add contracts with their services, put services on known ones, and end contracts."""
    new_keys = {row.cells[0] for row in contracts.added}
    by_contract: dict[str | None, list[Row]] = {}
    for row in taking.unspoilt(CONTRACT_SERVICES, rows=services.added):
        by_contract.setdefault(row.cells[0], []).append(row)
    _add_contracts(
        taking,
        [
            _NewContract(row, by_contract.get(row.cells[0], []))
            for row in taking.unspoilt(CONTRACTS, rows=contracts.added)
        ],
    )
    for contract, rows in by_contract.items():
        if contract not in new_keys:
            _add_to_contract(taking, contract or "", rows)
    _end_contracts(taking, contracts.changed)
    _change_first_terms(taking, services.changed)


def take_dated_terms(
    taking: Taking, *, prices: Difference, units: Difference, policies: Difference
) -> None:
    """Set the prices, typed units and policies that take effect later."""
    for difference, set_one in (
        (prices, _set_price),
        (units, _set_units),
        (policies, _set_policy),
    ):
        file_format = difference.file_format
        rows = [*difference.added, *(change.row for change in difference.changed)]
        good = taking.unspoilt(file_format, rows=rows)
        for row in sorted(good, key=lambda row: row.cells[2] or ""):
            cells = file_format.named(row.cells)
            first = date.fromisoformat(cells["from"])
            taking.change(
                Place(file_format, row.line),
                act=partial(set_one, cells, first),
            )


def _add_contracts(taking: Taking, news: list[_NewContract]) -> None:
    parts = {
        f"contract {new.key}, service {row.cells[1]}": Place(CONTRACT_SERVICES, row.line)
        for new in news
        for row in new.services
    }
    taken = taking.add(
        Batch(
            news,
            act=lambda chosen: add_contracts([_contract(new) for new in chosen]),
            called=lambda new: f"contract {new.key}",
            place=lambda new: Place(CONTRACTS, new.row.line),
            parts=parts,
        )
    )
    taking.refuse_missing(
        CONTRACTS, rows=[new.row for new in news], taken=[new.row for new in taken]
    )
    refused = taking.refused.get(CONTRACTS.name, set())
    for new in news:
        if (new.key,) in refused:
            for row in new.services:
                taking.refuse_key(CONTRACT_SERVICES, row=row)


def _add_to_contract(taking: Taking, contract: str, rows: list[Row]) -> None:
    places = {
        f"contract {contract}, service {row.cells[1]}": Place(CONTRACT_SERVICES, row.line)
        for row in rows
    }
    taken = taking.add(
        Batch(
            rows,
            act=lambda chosen: add_contract_services(
                contract, news=[_contract_service(row) for row in chosen]
            ),
            called=lambda row: f"contract {contract}",
            place=lambda row: Place(CONTRACT_SERVICES, row.line),
            parts=places,
        )
    )
    taking.refuse_missing(CONTRACT_SERVICES, rows=rows, taken=taken)


def _end_contracts(taking: Taking, changes: Sequence[Change]) -> None:
    for change in changes:
        place = Place(CONTRACTS, change.row.line)
        last = change.columns.get("ends_on", ("", ""))[1]
        if set(change.columns) == {"ends_on"} and last:
            key, day = change.row.cells[0] or "", date.fromisoformat(last)
            taking.change(place, act=partial(end_contract, key, ends_on=day))
            continue
        way_out = "Only its last day can be set; else end it and add another contract."
        taking.refuse_change(CONTRACTS, change=change, way_out=way_out)


_DATED = {"price", "tiers", "units", "unit_changes"}


def _change_first_terms(taking: Taking, changes: Sequence[Change]) -> None:
    starts = _starts() if changes else {}
    for change in changes:
        place = Place(CONTRACT_SERVICES, change.row.line)
        if not set(change.columns) <= _DATED:
            way_out = "End the contract and add another one, or add the service under another key."
            taking.refuse_change(CONTRACT_SERVICES, change=change, way_out=way_out)
            continue
        cells = CONTRACT_SERVICES.named(change.row.cells)
        said = {**cells, "service": cells["key"]}
        first = starts[cells["contract"]]
        for columns, set_one in (
            ({"price", "tiers"}, _set_price),
            ({"units"}, _set_units),
            ({"unit_changes"}, _set_policy),
        ):
            if columns & set(change.columns):
                taking.change(place, act=partial(set_one, said, first))


def _starts() -> dict[str, date]:
    return {row.key: row.starts_on for row in contracts()}


def _set_price(cells: Cells, day: date) -> None:
    set_price(
        cells["contract"],
        service=cells["service"],
        price=cells["price"] or None,
        from_day=day,
        tiers=new_tiers(cells["tiers"]) or None,
    )


def _set_units(cells: Cells, day: date) -> None:
    type_units(cells["contract"], service=cells["service"], units=cells["units"], from_day=day)


def _set_policy(cells: Cells, day: date) -> None:
    set_unit_changes(
        cells["contract"],
        service=cells["service"],
        unit_changes=cells["unit_changes"],
        from_day=day,
    )


def _organization(row: Row) -> NewOrganization:
    cells = ORGANIZATIONS.named(row.cells)
    exempt = cells.pop("tax_exempt") == YES
    return NewOrganization(**cells, tax_exempt=exempt)


def _service(row: Row) -> NewService:
    cells = SERVICES.named(row.cells)
    return NewService(
        key=cells["key"],
        name=cells["name"],
        price=cells["price"],
        cost=cells["cost"] or None,
        tax=cells["tax"],
    )


def _contract(new: _NewContract) -> NewContract:
    cells = CONTRACTS.named(new.row.cells)
    ends_on = cells["ends_on"]
    return NewContract(
        key=cells["key"],
        name=cells["name"],
        organization=cells["organization"],
        starts_on=date.fromisoformat(cells["starts_on"]),
        ends_on=date.fromisoformat(ends_on) if ends_on else None,
        period=cells["period"],
        anchor=cells["anchor"],
        billing=cells["billing"],
        currency=cells["currency"],
        minimum_amount=cells["minimum_amount"] or None,
        services=[_contract_service(row) for row in new.services],
    )


def _contract_service(row: Row) -> NewContractService:
    cells = CONTRACT_SERVICES.named(row.cells)
    return NewContractService(
        service=cells["service"],
        key=cells["key"],
        price=cells["price"] or None,
        units=cells["units"] or None,
        included=cells["included"],
        minimum=cells["minimum"],
        discount=cells["discount"],
        pricing=cells["pricing"],
        package_size=cells["package_size"],
        tiers=new_tiers(cells["tiers"]),
        minimum_amount=cells["minimum_amount"] or None,
        unit_changes=cells["unit_changes"],
    )


def new_tiers(text: str) -> list[NewTier]:
    """The tiers of a cell in canonical text."""
    tiers: list[NewTier] = []
    for part in text.split():
        up_to, _, price = part.partition(":")
        tiers.append((None if up_to == "*" else up_to, price))
    return tiers
