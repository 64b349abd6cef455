"""`icb files`: counts that come as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from icb.cli.arguments import optional_day
from icb.cli.output import Json, counted, print_json, print_table, say, warn
from icb.cli.session import working
from icb.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from icb.exchange.count_files.actions import FileOutcome

app = typer.Typer(no_args_is_help=True, help="Take counts from files, and take them back.")

Key = Annotated[str, typer.Argument(help="Key of the connection.")]
File = Annotated[Path, typer.Argument(help="A CSV or XLSX file.")]


@app.command()
def take(
    key: Key,
    file: File,
    day: Annotated[
        str, typer.Option("--day", help="The day of all rows, where no column says it.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would happen.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take a file of counts, whole or not at all. The same file again changes nothing.

    Examples:

      icb files take backup report.csv --dry-run

      icb files take backup report.xlsx --day 2026-01-31
    """
    with working():
        from icb.exchange.count_files.actions import take_file
        from icb.exchange.count_files.sheets import BadFile
        from icb.hub.actions import FileRefused

        try:
            outcome = take_file(
                key, path=file, day=optional_day(day, field="day"), is_dry_run=dry_run
            )
        except (BadFile, FileRefused) as refused:
            lines = [getattr(problem, "message", "") for problem in refused.found]
            if isinstance(refused, BadFile):
                lines = [str(problem) for problem in refused.found]
            for line in lines[:100]:
                warn(f"  {line}")
            raise InvalidInput(field="file", message=refused.message) from refused
        _show(outcome, as_json=as_json)


def _show(outcome: FileOutcome, *, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        print_json({**asdict(outcome), "counts": outcome.counts})
        return
    if outcome.note:
        warn(outcome.note)
    print_table(
        [(day.day, day.counts, day.state, day.message) for day in outcome.days],
        columns=("day", "counts", "state", "message"),
        right=("counts",),
        empty="The file was taken before.",
    )
    for noun, names in (
        ("organization", outcome.new_organizations),
        ("billing type", outcome.new_billing_types),
    ):
        if names:
            some = ", ".join(names[:10])
            say(f"{counted(len(names), noun=f'new {noun}')}: {some}")
    done = "stored" if outcome.is_stored else "would be stored; nothing was"
    say(f"{outcome.name}: {counted(outcome.counts, noun='count')} {done}. State: {outcome.state}.")


@app.command()
def undo(
    key: Key, reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence.")] = ""
) -> None:
    """Take back the last file: its days say what they said before it.

    Example:

      icb files undo backup --reason "wrong month"
    """
    with working():
        from icb.hub.actions import undo_file

        say(
            f"{undo_file(key, reason=reason)} is undone. The next `icb bill` takes it into account."
        )


@app.command("list")
def list_files(
    key: Annotated[str, typer.Argument(help="Key of the connection; all without.")] = "",
    as_json: Json = False,
) -> None:
    """List the newest files and what became of them.

    Example:

      icb files list
    """
    with working():
        from icb.hub.queries import count_files

        rows = count_files(key)
        if as_json:
            print_json([row._asdict() for row in rows])
            return
        print_table(
            [
                (row.taken_at, row.connection, row.name, row.state, row.counts, row.message)
                for row in rows
            ],
            columns=("at", "module", "file", "state", "counts", "message"),
            right=("counts",),
            empty="No files yet.",
        )


@app.command()
def profile(
    key: Key,
    file: File,
    said: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="day, organization, name, billing_type, count = header; type:HEADER=KEY; layout; "
            "sheet; day_order; complete=no where a file does not hold everything.",
        ),
    ] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Keep it for all later files.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show which column of a file is taken for what; with --confirm, keep it.

    Examples:

      icb files profile backup report.csv

      icb files profile backup report.csv --set count=Qty --set day_order=day/month/year --confirm
    """
    with working():
        from icb.exchange.count_files.actions import confirm_profile, propose_profile

        data = propose_profile(key, path=file, said=said or ())
        if confirm:
            confirm_profile(key, data=data)
        if as_json:
            print_json(data)
            return
        types = data.pop("types")
        rows = [*data.items(), *((f"type:{header}", kind) for header, kind in types.items())]
        print_table(rows, columns=("what", "is"), empty="")
        say("Kept." if confirm else "Nothing was kept. Add --confirm where this is right.")


@app.command()
def watch(
    key: Key,
    folder: Annotated[str, typer.Argument(help="A folder; `none` ends the watching.")],
) -> None:
    """Take files from a folder by themselves, as soon as they stop growing.

    Example:

      icb files watch backup /srv/reports/backup
    """
    with working():
        from icb.hub.actions import watch_folder

        if folder == "none":
            watch_folder(key, folder="")
            say(f"No folder is watched for {key} any more.")
            return
        path = Path(folder).resolve()
        if not path.is_dir():
            raise InvalidInput(
                field="folder",
                value=folder,
                message=f"folder: {path} is no folder. Nothing was changed. Make it first.",
            )
        watch_folder(key, folder=str(path))
        say(f"{path} is watched for {key} while `icb serve` or `icb worker` runs.")


@app.command("watch-once")
def watch_once(as_json: Json = False) -> None:
    """Look into the watched folders once, now.

    Example:

      icb files watch-once
    """
    with working():
        from icb.exchange.count_files.folders import watch_once as look

        rows = look()
        if as_json:
            print_json([row._asdict() for row in rows])
            return
        columns = ("module", "file", "state", "message")
        print_table(rows, columns=columns, empty="There is no file to take.")
