"""`icb activity`: what changed from day to day, and what became of each sync."""

from __future__ import annotations

import csv
import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from icb.cli.arguments import day, month_or_days
from icb.cli.output import Json, print_json, print_table, say, text_of
from icb.cli.session import working
from icb.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from icb.mapping.activity_queries import ActivityRow, LogPosition

app = typer.Typer(no_args_is_help=True)

_COLUMNS = (
    "day",
    "module",
    "id",
    "name",
    "type",
    "organization",
    "contract",
    "service",
    "before",
    "after",
    "change",
    "status",
    "message",
)
_NUMBERS = slice(_COLUMNS.index("before"), _COLUMNS.index("change") + 1)


def _option(name: str, about: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(name, metavar="KEY", help=about)
    return option


@app.command()
def activity(
    days: Annotated[
        str, typer.Argument(help="A month (2026-01), a day, or days (2026-01-05..2026-02-03).")
    ] = "",
    module: Annotated[str, _option("--module", "Only this one.")] = "",
    billing_type: Annotated[str, _option("--type", "Only this billing type.")] = "",
    organization: Annotated[str, _option("--organization", "Only this one.")] = "",
    contract: Annotated[str, _option("--contract", "Only this one.")] = "",
    service: Annotated[str, _option("--service", "Only this service of a contract.")] = "",
    status: Annotated[
        str, typer.Option("--status", help="Only rows that say this, such as increased.")
    ] = "",
    only_failed: Annotated[
        bool,
        typer.Option("--only-failed", help="Only failed, missing, refused, held and absent."),
    ] = False,
    unchanged: Annotated[
        bool,
        typer.Option("--unchanged", help="Of one day: the keys that read as on the day before."),
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many rows.")] = 200,
    after: Annotated[
        str, typer.Option("--after", help="Go on behind a page, as its end says.")
    ] = "",
    to_csv: Annotated[
        str, typer.Option("--csv", metavar="FILE", help="Write all rows to a file; - prints them.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Show what changed from day to day, newest first, and what became of each sync.

    A key that reads as on the day before has no row; the row of the day's sync counts those.

    Examples:

      icb activity 2026-01 --only-failed

      icb activity --organization acme --service agents --limit 20

      icb activity 2026-01 --csv activity.csv
    """
    if unchanged:
        _show_unchanged(days, module=module, limit=limit, as_json=as_json)
        return
    first, last = month_or_days(days, field="days") if days else (None, None)
    wanted = {
        "module": module,
        "billing_type": billing_type,
        "organization": organization,
        "contract": contract,
        "service": service,
        "status": status,
        "first": first,
        "last": last,
        "only_failed": only_failed,
    }
    if to_csv:
        _write(wanted, to_csv)
    else:
        _print_page(wanted, after=after, limit=limit, as_json=as_json)


def _print_page(wanted: dict[str, Any], *, after: str, limit: int, as_json: bool) -> None:
    with working():
        from icb.mapping.activity_queries import LogFilter, activity_log

        _bring_up_to_date()
        page = activity_log(LogFilter(**wanted), after=_position(after), limit=limit)
        following = f"{page.next.day}/{page.next.id}" if page.next else ""
        if as_json:
            print_json({"rows": [row._asdict() for row in page.rows], "next": following})
            return
        print_table(
            [_cells(row) for row in page.rows],
            columns=_COLUMNS,
            right=("before", "after", "change"),
            empty="Nothing happened on these days.",
        )
        if following:
            say(f"More: the same command with --after {following}.")


def _bring_up_to_date() -> None:
    """Tell what came in since the log was last brought up to date, as the worker does."""
    from icb.foundation.actor import acting_as_system
    from icb.operations.daily_chain import follow

    with acting_as_system("follow"):
        follow()


def _position(text: str) -> LogPosition | None:
    from icb.mapping.activity_queries import LogPosition

    if not text:
        return None
    when, _, id = text.partition("/")
    if not id.isdecimal():
        raise InvalidInput(
            field="--after",
            value=text,
            message=f"--after: {text!r} is not the end of a page. Nothing was done. Copy it from "
            "the last line of the page, such as 2026-01-05/4711.",
        )
    return LogPosition(day(when, field="--after"), int(id))


def _show_unchanged(days: str, *, module: str, limit: int, as_json: bool) -> None:
    """The keys of one day that have no row in the log, because they read as on the day before."""
    chosen = day(days, field="days")
    with working():
        rows = _unchanged(chosen, module=module, limit=limit)
        if as_json:
            print_json({"rows": [row._asdict() for row in rows], "next": ""})
            return
        print_table(
            [(*row[:5], row.after) for row in rows],
            columns=("day", "module", "type", "id", "name", "units"),
            right=("units",),
            empty="Nothing reads as on the day before.",
        )


def _unchanged(chosen: date, *, module: str, limit: int) -> list[Any]:
    from icb.hub.queries import ActivityFilter
    from icb.hub.queries import activity as every_key

    wanted = ActivityFilter(module=module, first=chosen, last=chosen)
    rows: list[Any] = []
    position = None
    while len(rows) < limit:
        page = every_key(wanted, after=position, limit=1000)
        rows += [row for row in page.rows if row.status == "unchanged"]
        position = page.next
        if position is None:
            break
    return rows[:limit]


def _cells(row: ActivityRow) -> tuple[object, ...]:
    return (
        row.day,
        row.module,
        row.module_organization,
        row.name,
        row.billing_type,
        row.organization,
        row.contract,
        row.service,
        row.before,
        row.after,
        row.change,
        row.status,
        row.message,
    )


def _write(wanted: dict[str, Any], path: str) -> None:
    """All rows as CSV, written as they are read; texts stay texts in a spreadsheet."""
    count = 0
    with working(), _opened(path) as file:
        from icb.exchange.safety import guarded
        from icb.mapping.activity_queries import LogFilter, whole_log

        _bring_up_to_date()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for row in whole_log(LogFilter(**wanted)):
            cells = [text_of(cell) for cell in _cells(row)]
            texts = [guarded(cell) for cell in cells]
            texts[_NUMBERS] = cells[_NUMBERS]
            writer.writerow(texts)
            count += 1
    if path != "-":
        say(f"Wrote {count:,} rows to {path}.")


@contextmanager
def _opened(path: str) -> Iterator[TextIO]:
    if path == "-":
        yield sys.stdout
        return
    try:
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise InvalidInput(
            field="--csv",
            value=path,
            message=f"--csv: {path} cannot be written ({error.strerror}). Nothing was changed. "
            "Name a file in a folder that is there.",
        ) from error
