"""`icb verify`, `doctor`, `backup`, `restore` and `bench`: looking after the books."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from icb.cli.codes import ExitCode
from icb.cli.output import Json, counted, print_json, print_table, progress, say, warn
from icb.cli.session import durability_problems, find_books, load, working

app = typer.Typer(no_args_is_help=True)


@app.command()
def verify(
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Also compute every posted period again.")
    ] = False,
    backup: Annotated[
        Path | None, typer.Option("--backup", help="An older backup, whose seal must still hold.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check the books against their rules; the exit code is 1 where something is broken.

    An end of the audit chain that was cut off shows only against a seal that was noted before:
    every backup has one.

    Examples:

      icb verify

      icb verify --recompute

      icb verify --backup books-2026-01.backup
    """
    with working():
        from icb.operations.verify import run, seals_of_backup

        anchors = seals_of_backup(backup) if backup else []
        with progress("Checking") as told:
            problems = run(recompute=recompute, anchors=anchors, progress=told)
        if as_json:
            print_json([problem._asdict() for problem in problems])
        for problem in () if as_json else problems:
            say(f"- {problem}")
    if problems:
        raise typer.Exit(ExitCode.FINDING)
    if not as_json:
        say("The books are sound.")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check the installation: versions, settings, database, guards, folders, fonts.

    The exit code is 1 where something failed. Where guards of the database are missing and the
    books are sound, they are installed again.

    Example:

      icb doctor
    """
    load()
    from icb.operations.doctor import State, run

    findings = run(durability_problems=durability_problems)
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        print_table(findings, columns=("check", "state", "found"), empty="Nothing was checked.")
    if any(finding.state is State.FAILED for finding in findings):
        raise typer.Exit(ExitCode.FINDING)


@app.command()
def backup(path: Annotated[Path, typer.Argument(help="File to make.")]) -> None:
    """Copy the database, documents and keys, while in use, into one new file.

    The file holds the keys of the stored secrets: keep it where only you can read it.

    Example:

      icb backup books-2026-01.backup
    """
    find_books()
    from icb.operations.backup import back_up

    made = back_up(path)
    for problem in made.problems:
        warn(problem)
    say(f"Backed up {counted(made.files, noun='file')}, {made.size:,} bytes, to {made.path}.")
    if made.problems:
        raise typer.Exit(ExitCode.FINDING)


@app.command()
def restore(path: Annotated[Path, typer.Argument(help="File that `icb backup` made.")]) -> None:
    """Bring back a backup into an empty installation.

    Issuing stays locked until the last numbers issued are entered.

    Example:

      icb restore books-2026-01.backup
    """
    load()
    from icb.operations.restore import restore as bring_back

    restored = bring_back(path)
    say(f"Restored the {'demo' if restored.is_demo else 'books'} as of {restored.made_at}.")
    for provider, numbers in restored.last_numbers.items():
        for kind, last in numbers.items():
            say(f"Last number known of {provider}, {kind.replace('_', ' ')}: {last}.")
    say("Enter the last numbers that were issued with `icb invoice unlock` to issue again.")


@app.command()
def bench(
    sizes: Annotated[
        list[str] | None, typer.Argument(help="S, M, L, syncs, pushes or pages; S without.")
    ] = None,
    database_url: Annotated[
        str, typer.Option("--database-url", help="An empty PostgreSQL database to measure on.")
    ] = "",
    months: Annotated[int, typer.Option("--months", min=1, help="How many months to bill.")] = 1,
    with_pdf: Annotated[bool, typer.Option("--pdf", help="Draw the documents too.")] = False,
    as_json: Json = False,
) -> None:
    """Measure the main job on throw-away data: 45, 450 or 4,500 organizations.

    Each has 27 contract services with a month of daily counts. The yardstick is the time of
    writing the same rows once more into tables of the same schema, and into bare ones, in as
    many durable transactions, measured in the same run. `syncs` measures the daily sync instead:
    100,000 counts at once, and 200 modules at once of which 8 never answer. `pushes` measures
    what a server of its own takes in batches of 1,000. `pages` fills books of 10,000 organizations,
    which takes minutes, and measures what each page takes.

    Examples:

      icb bench S M

      icb bench S --months 37

      icb bench syncs

      icb bench pushes

      icb bench pages
    """
    from icb.operations.bench.report import COLUMNS, conclusions, stage_rows
    from icb.operations.bench.run import measure

    if sizes == ["syncs"]:
        _bench_syncs(database_url, as_json=as_json)
        return
    if sizes == ["pushes"]:
        _bench_pushes(database_url, as_json=as_json)
        return
    if sizes == ["pages"]:
        _bench_pages(database_url, as_json=as_json)
        return
    found = []
    for measured in measure(
        sizes or ["S"], database_url=database_url, months=months, with_pdf=with_pdf
    ):
        found.append(measured)
        if not as_json:
            print_table(
                stage_rows(measured), columns=COLUMNS, empty="", right=(*COLUMNS[3:], "month")
            )
    if as_json:
        print_json([entry._asdict() for entry in found])
        return
    for line in conclusions(found):
        say(line)


def _bench_syncs(database_url: str, *, as_json: bool) -> None:
    from icb.operations.bench.sync_run import SYNC_COLUMNS, measured_syncs, sync_row

    stages = list(measured_syncs(database_url=database_url))
    if as_json:
        print_json([stage._asdict() for stage in stages])
        return
    print_table(map(sync_row, stages), columns=SYNC_COLUMNS, empty="", right=SYNC_COLUMNS[1:])


def _bench_pushes(database_url: str, *, as_json: bool) -> None:
    from icb.operations.bench.push_run import PUSH_COLUMNS, measured_pushes, push_row

    stages = list(measured_pushes(database_url=database_url))
    if as_json:
        print_json([stage._asdict() for stage in stages])
        return
    print_table(map(push_row, stages), columns=PUSH_COLUMNS, empty="", right=PUSH_COLUMNS[1:])


def _bench_pages(database_url: str, *, as_json: bool) -> None:
    from icb.operations.bench.page_run import PAGE_COLUMNS, measured_pages, page_row

    pages = list(measured_pages(database_url=database_url))
    if as_json:
        print_json([page._asdict() for page in pages])
        return
    print_table(map(page_row, pages), columns=PAGE_COLUMNS, empty="", right=PAGE_COLUMNS[1:])
