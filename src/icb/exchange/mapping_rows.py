"""Takes in whose usage it is, and what it drives."""

from __future__ import annotations

from datetime import date

from icb.exchange.difference import Difference
from icb.exchange.format import ORGANIZATION_MAPPINGS, SERVICE_MAPPINGS
from icb.exchange.reader import Row
from icb.exchange.taking import Batch, Place, Taking
from icb.exchange.values import YES
from icb.mapping.actions import map_organizations, map_services
from icb.mapping.inputs import NewOrganizationMapping, NewServiceMapping


def take_organization_mappings(taking: Taking, *, difference: Difference) -> None:
    """Map module organizations; give those that are mapped another last day."""
    rows = _checked(taking, difference, target="organization")
    taking.add(
        Batch(
            rows,
            act=lambda chosen: map_organizations([_organization_mapping(row) for row in chosen]),
            called=lambda row: f"{row.cells[0]} {row.cells[1]}",
            place=lambda row: Place(ORGANIZATION_MAPPINGS, row.line),
        )
    )


def take_service_mappings(taking: Taking, *, difference: Difference) -> None:
    """Map billing types on contracts; give those that are mapped another last day."""
    rows = _checked(taking, difference, target="service")
    taking.add(
        Batch(
            rows,
            act=lambda chosen: map_services(
                [(row.cells[0] or "", _service_mapping(row)) for row in chosen]
            ),
            # The action says "contract KEY, MODULE TYPE": all of a contract are tried again.
            called=lambda row: f"contract {row.cells[0]}",
            place=lambda row: Place(SERVICE_MAPPINGS, row.line),
        )
    )


def _checked(taking: Taking, difference: Difference, *, target: str) -> list[Row]:
    """The rows that say either whom or what they map to, or that it is ignored."""
    file_format, good = difference.file_format, []
    rows = [*difference.added, *(change.row for change in difference.changed)]
    for row in sorted(taking.unspoilt(file_format, rows=rows), key=lambda row: row.line):
        cells = file_format.named(row.cells)
        if bool(cells[target]) == (cells["ignore"] == YES):
            taking.refuse(
                Place(file_format, row.line),
                message=f"needs either {target}, or yes in ignore, and not both",
                column=target,
                value=cells[target],
            )
            continue
        good.append(row)
    return good


def _organization_mapping(row: Row) -> NewOrganizationMapping:
    cells = ORGANIZATION_MAPPINGS.named(row.cells)
    return NewOrganizationMapping(
        module=cells["module"],
        id=cells["id"],
        organization=cells["organization"],
        ignore=cells["ignore"] == YES,
        from_day=_day(cells["from"]),
        until=_day(cells["until"]),
        reason=cells["reason"],
    )


def _service_mapping(row: Row) -> NewServiceMapping:
    cells = SERVICE_MAPPINGS.named(row.cells)
    return NewServiceMapping(
        module=cells["module"],
        billing_type=cells["billing_type"],
        service=cells["service"],
        ignore=cells["ignore"] == YES,
        unit_changes=cells["unit_changes"],
        from_day=_day(cells["from"]),
        until=_day(cells["until"]),
        also=cells["also"] == YES,
        reason=cells["reason"],
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
