"""Takes in whose usage it is, and what it drives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from icb.exchange.difference import Difference
from icb.exchange.format import ORGANIZATION_MAPPINGS, SERVICE_MAPPINGS, FileFormat
from icb.exchange.reader import Row
from icb.exchange.taking import Place, Taking
from icb.exchange.values import YES
from icb.mapping.actions import map_organizations, map_services
from icb.mapping.inputs import NewOrganizationMapping, NewServiceMapping

Action = Callable[[Sequence[Row]], object]


def take_organization_mappings(taking: Taking, *, difference: Difference) -> None:
    """Map module organizations; give those that are mapped another last day."""
    rows = _checked(taking, difference, target="organization")
    _take(
        taking,
        ORGANIZATION_MAPPINGS,
        rows,
        lambda chosen: map_organizations([_organization_mapping(row) for row in chosen]),
    )


def take_service_mappings(taking: Taking, *, difference: Difference) -> None:
    """Map billing types on contracts; give those that are mapped another last day."""
    rows = _checked(taking, difference, target="service")
    _take(
        taking,
        SERVICE_MAPPINGS,
        rows,
        lambda chosen: map_services(
            [(row.cells[0] or "", _service_mapping(row)) for row in chosen]
        ),
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


def _take(taking: Taking, file_format: FileFormat, rows: list[Row], act: Action) -> None:
    """All at once; one by one, to blame the right line, where that is refused."""
    if not rows:
        return
    trial = Taking(type(taking.problems)())
    if trial.change(Place(file_format, 0), act=partial(act, rows)):
        return
    for row in rows:
        taking.change(Place(file_format, row.line), act=partial(act, [row]))


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
