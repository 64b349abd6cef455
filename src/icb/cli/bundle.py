"""`icb import` and `icb export`: the CSV bundle, in and out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from icb.cli import session
from icb.cli.codes import ExitCode
from icb.cli.output import Json, counted, print_json, print_table, progress, say, warn

if TYPE_CHECKING:
    from icb.exchange.inputs import ImportReport

app = typer.Typer(no_args_is_help=True)
_SHOWN_DAYS = 20


@app.command("import")
def import_folder(
    folder: Annotated[Path, typer.Argument(help="Folder with the CSV files.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; store nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take in a CSV bundle, whole or not at all. Importing it again changes nothing.

    The first import sets up the database and the provider that provider.csv names, with you as
    its owner. The files and their columns: docs/reference/bundle.md.

    Examples:

      icb import my-bundle --dry-run

      icb import my-bundle
    """
    with _throw_away_where_new() if dry_run else _nothing():
        session.make_books()
        from icb.exchange.actions import Importing, import_bundle

        with progress("Reading counts (bytes)") as reading, progress("Storing counts") as storing:
            report = import_bundle(
                folder,
                importing=Importing(
                    user=_user(),
                    provider=session.provider_key(),
                    is_dry=dry_run,
                    reading=reading,
                    storing=storing,
                ),
            )
        _close()
    _show(report, is_dry=dry_run, as_json=as_json)
    if report.problem_count:
        raise typer.Exit(ExitCode.BAD_INPUT)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="New or empty folder.")], as_json: Json = False
) -> None:
    """Write everything agreed, counted and mapped as a CSV bundle.

    Importing it into an empty database and exporting that gives the same bytes. Some things are
    not in it, and are said at the end; `icb backup` keeps everything.

    Example:

      icb export bundle-2026-01
    """
    with session.working():
        from icb.exchange.actions import export_bundle
        from icb.exchange.format import LEFT_OUT

        written = export_bundle(folder)
        if as_json:
            print_json({"folder": str(folder), "rows": written, "left_out": list(LEFT_OUT)})
            return
        print_table(
            written.items(), columns=("file", "rows"), right=("rows",), empty="There is nothing."
        )
        say("Left out: " + "; ".join(LEFT_OUT) + ". `icb backup` keeps these.")


def _user() -> str:
    """The user who imports; on the first import the one who is to be the owner."""
    from icb.foundation.providers import provider_named, providers
    from icb.foundation.scope import in_provider

    key = session.provider_key()
    known = [row.key for row in providers()]
    if not known or (key and key not in known):
        return session.named_user() or session.machine_user_name() or "owner"
    with in_provider(provider_named(key) if key or len(known) == 1 else _first_provider()):
        return session.user_name()


def _first_provider() -> int:
    from icb.foundation.providers import providers

    return providers()[0].id


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _throw_away_where_new() -> Iterator[None]:
    """Where nothing is set up yet, a dry run works in a folder that is gone afterwards."""
    if session.is_set_up():
        yield
        return
    with tempfile.TemporaryDirectory(prefix="icb-dry-run-") as folder:
        os.environ["ICB_DATA_DIR"] = folder
        os.environ["ICB_DATABASE_URL"] = ""
        yield


def _close() -> None:
    from django.db import connection

    if not connection.in_atomic_block:
        connection.close()


def _show(report: ImportReport, *, is_dry: bool, as_json: bool) -> None:
    if as_json:
        data = asdict(report)
        data["problems"] = [problem._asdict() for problem in report.problems]
        print_json({"dry_run": is_dry, "changed": report.is_changed, **data})
        return
    print_table(
        [
            (file.file, file.added, file.changed, file.unchanged, file.refused)
            for file in report.files
        ],
        columns=("file", "added", "changed", "unchanged", "refused"),
        right=("added", "changed", "unchanged", "refused"),
        empty="The bundle has no rows.",
    )
    if report.days:
        days = ", ".join(f"{count:,} {state}" for state, count in report.days.items() if count)
        say(f"Days of counts, one answer per module and day: {days or 'none'}.")
    for day in report.odd_days[:_SHOWN_DAYS]:
        say(f"  {day['module']} {day['day']} {day['state']}: {day['reason']}")
    if len(report.odd_days) > _SHOWN_DAYS:
        say(f"  … and {counted(len(report.odd_days) - _SHOWN_DAYS, noun='day')} more.")
    for note in report.notes:
        say(f"Note: {note}.")
    _say_end(report, is_dry=is_dry)


def _say_end(report: ImportReport, *, is_dry: bool) -> None:
    for problem in report.problems:
        warn(f"  {problem}")
    if report.problem_count:
        say(f"{counted(report.problem_count, noun='problem')}. Nothing was stored.")
    elif is_dry:
        say("A dry run: nothing was stored.")
    elif not report.is_changed:
        say("Everything is there already: nothing changed.")
    else:
        new = "The provider is set up. " if report.is_new_provider else ""
        say(f"{new}Imported. Next: `icb unbilled`, then `icb bill --preview`.")
