"""`icb counts`: what was counted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import typer

from icb.cli.arguments import month_or_days
from icb.cli.output import Json, print_json, print_table
from icb.cli.session import working
from icb.kernel.quantity import format_micro, micro_to_decimal

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
        from icb.hub.queries import billing_types, counted_ranges, module_organizations, modules

        first, last = month_or_days(days, field="days") if days else _lately(local_today())
        keys = {row.id: row.key for row in modules()}
        organizations = {row.id: row.external_id for row in module_organizations()}
        types = {row.id: row.key for row in billing_types()}
        rows = sorted(
            (
                keys[found.connection],
                organizations[found.module_organization],
                types[found.billing_type],
                found.run,
            )
            for found in counted_ranges(first, end=last + _ONE_DAY)
            if module in ("", keys[found.connection])
            and id in ("", organizations[found.module_organization])
        )
        if as_json:
            print_json(
                [
                    {
                        "module": owner,
                        "id": id_,
                        "billing_type": type_,
                        "from": run.start,
                        "to": run.end - _ONE_DAY,
                        "units": micro_to_decimal(run.units),
                        "status": run.status.name.lower(),
                        "reason": run.reason,
                    }
                    for owner, id_, type_, run in rows
                ]
            )
            return
        print_table(
            [
                (
                    owner,
                    id_,
                    type_,
                    run.start,
                    run.end - _ONE_DAY,
                    format_micro(run.units),
                    run.status.name.lower(),
                    run.reason,
                )
                for owner, id_, type_, run in rows
            ],
            columns=("module", "id", "type", "from", "to", "units", "status", "reason"),
            right=("units",),
            empty="Nothing was counted on these days.",
        )


def _lately(today: date) -> tuple[date, date]:
    return today - timedelta(days=30), today
