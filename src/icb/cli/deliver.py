"""`icb deliver`: send documents by e-mail, list messages, take reports, make links."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from icb.cli.codes import ExitCode
from icb.cli.output import Json, counted, print_json, print_table, progress, say, warn
from icb.cli.session import working

if TYPE_CHECKING:
    from icb.delivery.queries import DeliveryRow
    from icb.foundation.jobs import JobRow

app = typer.Typer(
    help="Send documents by e-mail, list messages, take reports, make links.",
    invoke_without_command=True,
)

Number = Annotated[str, typer.Argument(help="Number of the document.")]


@app.callback()
def deliver(
    context: typer.Context,
    number: Annotated[
        list[str] | None, typer.Option("--number", help="This document; may be repeated.")
    ] = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Only send what waits already.")
    ] = False,
    wait: Annotated[bool, typer.Option(help="Wait for the end, and say what became of it.")] = True,
    as_json: Json = False,
) -> None:
    """Send documents by e-mail, list messages, take reports, make links.

    Examples:

      icb deliver --number INV-000041 --number INV-000042

      icb deliver --waiting

      icb deliver list --state unknown

      icb deliver bounce returned.eml

      icb deliver link INV-000042 --days 14
    """
    if context.invoked_subcommand is not None:
        return
    if not number and not waiting:
        say(context.get_help())
        return
    with working():
        _deliver(number or [], is_waited=wait, as_json=as_json)


def _deliver(numbers: list[str], *, is_waited: bool, as_json: bool) -> None:
    from icb.delivery.actions import send_documents, send_waiting

    queued = send_documents(numbers) if numbers else None
    job = queued.job if queued else send_waiting()
    for words in queued.left_out if queued else ():
        warn(words)
    if not is_waited:
        say("Queued; `icb serve` or `icb worker` sends them.")
        return
    ended = _followed(job)
    counts = _counts()
    if as_json:
        print_json({"job": ended.state, "message": ended.message, "messages": counts})
    else:
        if ended.message:
            warn(ended.message)
        say(", ".join(f"{count} {state}" for state, count in counts.items() if count))
    if counts["unknown"] or counts["failed"]:
        raise typer.Exit(ExitCode.FINDING)


def _followed(job: JobRow) -> JobRow:
    """Do the job here, unless a worker took it first, and wait for it to end or wait for later."""
    import time

    from icb.foundation.jobs import job_row
    from icb.operations.worker import Worker

    with progress("Sending") as tell:
        Worker(only=[job.id]).work_off()
        row = job_row(job.id)
        while row.state == "running":
            tell(int(row.progress.get("done", 0)), int(row.progress.get("total", 0)))
            time.sleep(0.2)
            row = job_row(job.id)
    return row


def _counts() -> dict[str, int]:
    from icb.delivery.queries import delivery_counts

    return delivery_counts()


@app.command("list")
def list_messages(
    state: Annotated[
        str, typer.Option("--state", help="Only in this state, such as unknown or failed.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 50,
    as_json: Json = False,
) -> None:
    """List the newest messages, newest first.

    Example:

      icb deliver list --state failed
    """
    with working():
        from icb.delivery.queries import delivery_page
        from icb.foundation.listing import Wanted

        wanted = Wanted(conditions={"state": state} if state else {}, size=limit)
        rows = delivery_page(wanted).rows
        if as_json:
            print_json([row._asdict() for row in rows])
            return
        print_table(
            [_cells(row) for row in rows],
            columns=("message", "document", "kind", "organization", "state", "tries", "reason"),
            right=("message", "tries"),
            empty="There are no messages.",
        )


def _cells(row: DeliveryRow) -> tuple[object, ...]:
    about = row.number or row.about
    return (
        row.id,
        f"{about} ({row.round})" if row.round > 1 else about,
        row.kind.replace("_", " "),
        row.organization,
        row.state,
        row.attempts,
        row.message,
    )


@app.command()
def bounce(
    files: Annotated[
        list[Path], typer.Argument(exists=True, help="Reports (.eml), or folders that hold some.")
    ],
    as_json: Json = False,
) -> None:
    """Take reports of mail servers: the addresses that they name are marked as not taking mail.

    A file that is no report, or is about nobody here, is told and left; the others are taken.

    Examples:

      icb deliver bounce returned.eml

      icb deliver bounce /var/mail/bounces/new
    """
    with working():
        from icb.delivery.bounce_actions import record_bounce
        from icb.delivery.bounces import LARGEST
        from icb.kernel.errors import IcbError

        told, is_whole = [], True
        for path in _reports(files):
            try:
                with path.open("rb") as file:
                    found = record_bounce(file.read(LARGEST + 1))
            except IcbError as error:
                warn(f"{path.name}: {error.message}")
                is_whole = False
                continue
            told.append({"file": path.name, **found._asdict()})
        if as_json:
            print_json(told)
        else:
            marked = sum(len(one["marked"]) for one in told)
            say(f"{counted(marked, noun='mark')} set on addresses.")
        if not is_whole:
            raise typer.Exit(ExitCode.FINDING)


def _reports(files: list[Path]) -> list[Path]:
    found = []
    for path in files:
        found += sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    return found


@app.command()
def link(
    number: Number,
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=365, help="Until it ends; else as usual.")
    ] = None,
) -> None:
    """Make a link by which anybody who has it sees a document. It is shown this once.

    Example:

      icb deliver link INV-000042 --days 14
    """
    with working():
        from icb.delivery.link_actions import make_link
        from icb.delivery.settings_queries import needed_public_address

        say(make_link(number, base_url=needed_public_address(), days=days))
