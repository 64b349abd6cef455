"""`icb jobs` and `icb worker`: the work that waits and runs, and who does it."""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import threading
from typing import Annotated

import typer

from icb.cli.output import Json, print_json, print_table, say
from icb.cli.session import open_books, working

app = typer.Typer(no_args_is_help=True)
work = typer.Typer(no_args_is_help=True)
apps = {"jobs": app, "worker": work}

_LOOKS_SECONDS = 0.5
_COLUMNS = ("job", "kind", "about", "state", "attempts", "next", "by", "message")


@app.command(name="list")
def list_jobs(
    kind: Annotated[str, typer.Option("--kind", help="Only of this kind, such as sync.")] = "",
    is_open: Annotated[bool, typer.Option("--open", help="Only what waits or runs.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 50,
    as_json: Json = False,
) -> None:
    """List the newest jobs, newest first.

    Examples:

      icb jobs list --open

      icb jobs list --kind sync --json
    """
    with working():
        from icb.foundation.jobs import jobs

        states = ("waiting", "running") if is_open else ()
        rows = jobs(kind=kind, states=states, limit=limit)
        if as_json:
            print_json([row._asdict() for row in rows])
            return
        print_table(
            [
                (
                    row.id,
                    row.kind,
                    " ".join(str(value) for _, value in sorted(row.payload.items())),
                    row.state,
                    row.attempts,
                    row.run_after if row.state == "waiting" else "",
                    row.requested_by,
                    row.message,
                )
                for row in rows
            ],
            columns=_COLUMNS,
            right=("job", "attempts"),
            empty="There are no jobs.",
        )


@app.command()
def show(
    job: Annotated[int, typer.Argument(help="Number of the job.")], as_json: Json = False
) -> None:
    """Show everything about a job.

    Example:

      icb jobs show 12
    """
    with working():
        from icb.foundation.jobs import job_row

        row = job_row(job)
        if as_json:
            print_json(row._asdict())
            return
        print_table(
            [(name.replace("_", " "), value) for name, value in row._asdict().items()],
            columns=("", ""),
            empty="",
        )


@app.command()
def cancel(job: Annotated[int, typer.Argument(help="Number of the job.")]) -> None:
    """Cancel a job that waits or runs. What it has not stored yet is not stored any more.

    Example:

      icb jobs cancel 12
    """
    with working():
        from icb.foundation.jobs import cancel_job

        row = cancel_job(job)
        is_at_once = row.state == "cancelled"
        say(f"Job {job} is cancelled." if is_at_once else f"Job {job} ends in a moment.")


@work.command()
def worker(
    with_parent: Annotated[
        int, typer.Option("--with-parent", hidden=True, help="End with this process.")
    ] = 0,
) -> None:
    """Do jobs and sync modules when they are due, until stopped.

    `icb serve` does the same beside the pages, unless it is told not to.

    Example:

      icb worker
    """
    open_books()
    from icb.demo.beside import vendors_beside
    from icb.foundation.installation import is_demo
    from icb.operations.worker import Worker, handlers

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        # A signal to the whole group is the parent's to obey: it ends this process in order.
        signal.signal(number, signal.SIG_IGN if with_parent else lambda *_: stop.set())
    if with_parent:
        threading.Thread(
            target=_wait_for, args=(with_parent,), kwargs={"stop": stop}, daemon=True
        ).start()
    else:
        say("Working (Ctrl-C stops).")
    if not is_demo():
        Worker().run(stop)
        return
    # Nobody real is asked there, so its own vendors have to be there to be asked.
    with vendors_beside(handlers()) as by_kind:
        Worker(by_kind=by_kind).run(stop)


def _wait_for(parent: int, *, stop: threading.Event) -> None:
    """Stop when whoever started this process closes the line to it, or is gone.

    The line alone does not tell that it is gone: others whom it started may hold it open.
    """
    while os.getppid() == parent:
        if select.select([sys.stdin], [], [], _LOOKS_SECONDS)[0]:
            break
    stop.set()
