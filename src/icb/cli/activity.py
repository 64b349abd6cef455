"""`icb activity`: what changed from day to day."""

from __future__ import annotations

from typing import Annotated

import typer

from icb.cli.arguments import month_or_days
from icb.cli.output import Json, print_json, print_table
from icb.cli.session import working

app = typer.Typer(no_args_is_help=True)


@app.command()
def activity(
    days: Annotated[
        str, typer.Argument(help="A month (2026-01), a day, or days (2026-01-05..2026-02-03).")
    ] = "",
    module: Annotated[str, typer.Option("--module", metavar="KEY", help="Only this one.")] = "",
    trouble: Annotated[
        bool, typer.Option("--trouble", help="Only failed, missing, held and absent.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many rows.")] = 200,
    as_json: Json = False,
) -> None:
    """Show what changed from day to day, newest first, and which syncs failed or never came.

    Examples:

      icb activity 2026-01 --trouble

      icb activity --module rmm --limit 20
    """
    with working():
        from icb.hub.queries import ActivityFilter
        from icb.hub.queries import activity as query

        first, last = month_or_days(days, field="days") if days else (None, None)
        wanted = ActivityFilter(module=module, first=first, last=last, only_trouble=trouble)
        rows = query(wanted, limit=limit).rows
        if as_json:
            print_json([row._asdict() for row in rows])
            return
        print_table(
            [
                (
                    row.day,
                    row.module,
                    row.module_organization,
                    row.name,
                    row.billing_type,
                    row.before,
                    row.after,
                    row.change,
                    row.status,
                    row.message,
                )
                for row in rows
            ],
            columns=(
                "day",
                "module",
                "id",
                "name",
                "type",
                "before",
                "after",
                "change",
                "status",
                "message",
            ),
            right=("before", "after", "change"),
            empty="Nothing happened on these days.",
        )
