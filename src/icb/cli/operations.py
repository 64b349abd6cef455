"""`icb verify`, `doctor`, `backup`, `restore` and `bench`: looking after the books."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from icb.cli.codes import ExitCode
from icb.cli.output import Json, counted, print_json, say
from icb.cli.session import load, working

app = typer.Typer(no_args_is_help=True)


@app.command()
def verify(
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Also compute every posted period again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check the books against their rules; the exit code is 1 where something is broken.

    Examples:

      icb verify

      icb verify --recompute
    """
    with working():
        from icb.operations.verify import run

        problems = run(recompute=recompute)
        if as_json:
            print_json([str(problem) for problem in problems])
        for problem in () if as_json else problems:
            say(f"- {problem}")
    if problems:
        raise typer.Exit(ExitCode.FINDING)
    if not as_json:
        say("The books are sound.")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check the installation: versions, settings, database, guards, folders.

    Example:

      icb doctor
    """
    load()
    from icb.operations.doctor import run

    findings = run()
    if as_json:
        print_json([str(finding) for finding in findings])
    for finding in () if as_json else findings:
        say(f"- {finding}")
    if findings:
        raise typer.Exit(ExitCode.FINDING)
    if not as_json:
        say("The installation is sound.")


@app.command()
def backup(path: Annotated[Path, typer.Argument(help="Folder to make.")]) -> None:
    """Copy the database and its files, while in use, into a new folder.

    Example:

      icb backup books-2026-01
    """
    load()
    from icb.operations.backup import back_up

    back_up(path)
    say(f"Backed up to {path}.")


@app.command()
def restore(path: Annotated[Path, typer.Argument(help="Folder that `icb backup` made.")]) -> None:
    """Bring back a backup into an empty installation.

    Issuing stays locked until the last numbers issued are entered.

    Example:

      icb restore books-2026-01
    """
    load()
    from icb.operations.backup import restore as bring_back

    bring_back(path)
    say(f"Restored {path}. Enter the last numbers issued with `icb invoice unlock`.")


@app.command()
def bench(
    sizes: Annotated[list[str] | None, typer.Argument(help="S, M or L; S without.")] = None,
    as_json: Json = False,
) -> None:
    """Measure the main job on throw-away data: 45, 450 or 4,500 organizations.

    Example:

      icb bench S M
    """
    load()
    from icb.operations.bench import run

    report = run(sizes=tuple(sizes or ("S",)))
    if as_json:
        print_json(report)
    else:
        say(str(report))
        say(f"Measured {counted(len(sizes or ['S']), 'size')}.")
