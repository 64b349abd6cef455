"""`icb sync`: get counts now."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from icb.cli.arguments import optional_day
from icb.cli.codes import ExitCode
from icb.cli.output import Json, counted, print_json, say, warn
from icb.cli.session import working

if TYPE_CHECKING:
    from icb.operations.syncing.requests import RequestedSync

app = typer.Typer(no_args_is_help=True)
_POLL_SECONDS = 0.2
_STOP_SECONDS = 15


@app.command()
def sync(
    modules: Annotated[
        list[str] | None, typer.Argument(help="Connections by key; all without.")
    ] = None,
    day: Annotated[
        str, typer.Option("--day", help="Only this day; else what is missing, and today.")
    ] = "",
    wait: Annotated[bool, typer.Option(help="Wait for the end, and say what became of it.")] = True,
    as_json: Json = False,
) -> None:
    """Get the counts of connected modules now, as the nightly sync does.

    It works beside `icb serve` and `icb worker`, and without them. The exit code is 1 where some
    day's counts are not in force afterwards.

    Examples:

      icb sync

      icb sync rmm --day 2026-01-31

      icb sync --no-wait
    """
    with working():
        from icb.operations.syncing.requests import request_syncs

        rows = request_syncs(modules or (), day=optional_day(day, field="day"))
        if not wait:
            say(
                f"{counted(len(rows), noun='sync')} asked for; `icb serve` or `icb worker` does it."
            )
            return
        found = _followed([row.id for row in rows])
        _carry_on()
        if as_json:
            print_json([one._asdict() for one in found])
        if not all(one.is_good for one in found):
            raise typer.Exit(ExitCode.FINDING)


def _followed(jobs: Sequence[int]) -> list[RequestedSync]:
    """Do the jobs, unless a worker takes them first, and show how they go until all have ended."""
    from icb.operations.syncing.requests import requested

    with _own_worker(jobs), _shown() as show:
        waiting = list(jobs)
        found: dict[int, RequestedSync] = {}
        while waiting:
            for job in list(waiting):
                found[job] = requested(job)
                show(found[job])
                if found[job].is_over:
                    waiting.remove(job)
            if waiting:
                time.sleep(_POLL_SECONDS)
    return [found[job] for job in jobs]


def _carry_on() -> None:
    """Let contracts and log follow what came, unless a worker does so first."""
    from icb.operations.syncing.requests import request_follow
    from icb.operations.worker import Worker

    if jobs := request_follow():
        Worker(only=jobs).work_off()


@contextmanager
def _own_worker(jobs: Sequence[int]) -> Iterator[None]:
    """A worker in this process for these jobs alone."""
    from icb.operations.worker import Worker

    stop = threading.Event()
    worker = Worker(only=jobs, poll_seconds=_POLL_SECONDS)
    thread = threading.Thread(target=_run, args=(worker.run, stop), name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_STOP_SECONDS)


def _run(work: Callable[[threading.Event], None], stop: threading.Event) -> None:
    from django.db import connections

    try:
        work(stop)
    finally:
        connections.close_all()


@contextmanager
def _shown() -> Iterator[Callable[[RequestedSync], None]]:
    """Gives what shows a sync: a live table on a terminal, else a line at each end."""
    lines: dict[int, str] = {}
    if not sys.stderr.isatty():
        yield lambda one: _say_end(one, lines)
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(stderr=True), refresh_per_second=5, transient=True) as live:

        def show(one: RequestedSync) -> None:
            if not one.is_over:
                lines[one.job] = f"{one.connection} {one.day}  {one.words or one.state}"
            elif lines.pop(one.job, None) is not None or one.is_over:
                live.console.print(Text(_line(one)))
            live.update(Text("\n".join(lines.values())))

        yield show


def _say_end(one: RequestedSync, said: dict[int, str]) -> None:
    line = _line(one) if one.is_over else ""
    if line and said.get(one.job) != line:
        said[one.job] = line
        warn(line)


def _line(one: RequestedSync) -> str:
    """What became of a sync, in one line."""
    parts = [f"{one.connection} {one.day}: {one.state}"]
    if one.is_good:
        parts.append(counted(one.counts, noun="count"))
        return ", ".join(parts)
    return " ".join([f"{parts[0]}.", one.message, one.advice]).strip()
