"""`icb counts`: what was counted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import typer

from icb.cli.arguments import month_or_days
from icb.cli.output import Json, print_json, print_table
from icb.cli.session import working
from icb.kernel.quantity import micro_to_decimal

app = typer.Typer(no_args_is_help=True)
_ONE_DAY = timedelta(days=1)


@app.command()
def counts(
    days: Annotated[
        str, typer.Argument(help="A month (2026-01), a day, or days (2026-01-05..2026-02-03).")
    ] = "",
    module: Annotated[str, typer.Option("--module", metavar="KEY", help="Only this one.")] = "",
    id: Annotated[str, typer.Option("--id", help="Only this module organization.")] = "",
    as_json: Json = False,
) -> None:
    """Show what was counted, in stretches of days that read alike, with gaps and holds.

    Without days: the last 31.

    Examples:

      icb counts 2026-01

      icb counts 2026-01-05..2026-01-20 --module rmm --id 7 --json
    """
    with working():
        from icb.foundation.providers import local_today

        first, last = month_or_days(days, field="days") if days else _lately(local_today())
        rows = [
            row
            for row in _stretches(first, last)
            if module in ("", row["module"]) and id in ("", row["id"])
        ]
        if as_json:
            print_json(rows)
            return
        print_table(
            [tuple(row.values()) for row in rows],
            columns=("module", "id", "type", "from", "to", "units", "status", "reason"),
            right=("units",),
            empty="Nothing was counted on these days.",
        )


def _stretches(first: date, last: date) -> list[dict[str, object]]:
    """What every key read from the first day to the last, in stretches that read alike."""
    from icb.hub.queries import billing_types, counted_ranges, module_organizations, modules

    keys = {row.id: row.key for row in modules()}
    organizations = {row.id: row.external_id for row in module_organizations()}
    types = {row.id: row.key for row in billing_types()}
    rows = [
        {
            "module": keys[found.connection],
            "id": organizations[found.module_organization],
            "billing_type": types[found.billing_type],
            "from": found.run.start,
            "to": found.run.end - _ONE_DAY,
            "units": micro_to_decimal(found.run.units),
            "status": found.run.status.name.lower(),
            "reason": found.run.reason,
        }
        for found in counted_ranges(first, end=last + _ONE_DAY)
    ]
    return sorted(rows, key=lambda row: tuple(map(str, row.values())))


def _lately(today: date) -> tuple[date, date]:
    return today - timedelta(days=30), today
