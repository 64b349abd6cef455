"""`icb coverage`: what was expected of each module on each day, and what came."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from icb.cli.arguments import month_or_days
from icb.cli.output import Json, print_json, print_table
from icb.cli.session import working
from icb.cli.unconnected import warn_of_unconnected

if TYPE_CHECKING:
    from icb.operations.coverage import CoverageRow

app = typer.Typer(no_args_is_help=True)

_SHOWN = 3


@app.command()
def coverage(
    days: Annotated[
        str, typer.Argument(help="A month (2026-01), a day, or days (2026-01-05..2026-02-03).")
    ] = "",
    module: Annotated[str, typer.Option("--module", metavar="KEY", help="Only this one.")] = "",
    gaps: Annotated[
        bool, typer.Option("--gaps", help="Only days that lack something or have something new.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what was expected of each module on each day, what came, what lacked, what was new.

    Without days: the last seven.

    Examples:

      icb coverage 2026-01

      icb coverage 2026-01 --module rmm --gaps
    """
    with working():
        from icb.foundation.providers import local_today
        from icb.hub.queries import unconnected
        from icb.operations.coverage import coverage as query

        first, last = month_or_days(days, field="days") if days else _lately(local_today())
        rows = query(first, last=last, module=module)
        if gaps:
            rows = [row for row in rows if row.state != "received" or row.absent or row.new]
        if as_json:
            print_json([_data(row) for row in rows])
            return
        print_table(
            [
                (
                    row.module,
                    row.day,
                    row.state,
                    row.expected,
                    row.received,
                    _named(row.absent),
                    _named(row.new),
                )
                for row in rows
            ],
            columns=("module", "day", "state", "expected", "received", "absent", "new"),
            right=("expected", "received"),
            empty="No answer is expected on these days.",
        )
        shown = {row.module for row in rows} | ({module} if module else set())
        warn_of_unconnected([one for one in unconnected() if one[0] in shown])


def _named(places: tuple[tuple[str, str], ...]) -> str:
    shown = [f"{organization} {kind}" for organization, kind in places[:_SHOWN]]
    rest = len(places) - len(shown)
    return ", ".join([*shown, *([f"and {rest:,} more"] if rest else [])])


def _data(row: CoverageRow) -> dict[str, object]:
    def named(places: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
        return [{"id": id, "billing_type": kind} for id, kind in places]

    return {
        **row._asdict(),
        "absent": named(row.absent),
        "new": named(row.new),
        "new_organizations": row.new_organizations,
    }


def _lately(today: date) -> tuple[date, date]:
    return today - timedelta(days=6), today
