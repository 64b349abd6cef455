"""`icb serve`: answers on the network, and does the daily work beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from icb.cli.output import say, warn
from icb.cli.session import make_books, pages_url, set_up_link
from icb.kernel.errors import Refused

app = typer.Typer(no_args_is_help=True)

# Named, as Django's settings are: the wiring stands above the commands.
_APPLICATION = "icb.config.wsgi:application"
_THREADS = 2
_COMMAND = "from icb.cli.main import main; main()"
_WORKER = (sys.executable, "-c", _COMMAND, "worker", "--with-parent")
_STOP_SECONDS = 20
_LONGEST_PAUSE_SECONDS = 60
_PORTS_TRIED = 50


@app.command()
def serve(
    address: Annotated[str, typer.Option("--address", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8000,
    worker: Annotated[bool, typer.Option(help="Sync modules and do jobs beside the pages.")] = True,
) -> None:
    """Answer on the network and sync the modules every day, until stopped.

    Where nobody can sign in yet, it prints a link for setting up the first user. /health says
    whether the database answers.

    Examples:

      icb serve --port 8080

      icb serve --no-worker
    """
    make_books()
    greet(url=pages_url(address=address, port=port))
    if not worker:
        answer(address=address, port=port)
        return
    with working_beside():
        answer(address=address, port=port)


def greet(*, url: str) -> None:
    """Say where the pages are, and how the first user gets in."""
    from icb.foundation.links import can_anybody_sign_in

    say(f"The pages are at {url}")
    if not can_anybody_sign_in():
        say(
            f"Nobody can sign in yet. This link sets up the first user, once, within a day:\n"
            f"  {set_up_link(url)}"
        )


def answer(*, address: str = "127.0.0.1", port: int = 8000) -> None:
    """Answer on the network until stopped; the database is open already."""
    from granian.constants import Interfaces
    from granian.server import Server

    say(f"Listening on {address}, port {port} (Ctrl-C stops).")
    # Two at a time: the database takes one writer, and a page reads for milliseconds.
    Server(
        _APPLICATION,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=_THREADS,
        websockets=False,
    ).serve()


def free_port(first: int, *, address: str = "127.0.0.1") -> int:
    """The first port from this one on that nobody listens on."""
    for port in range(first, min(first + _PORTS_TRIED, 65536)):
        with socket.socket() as probe:
            if probe.connect_ex((address, port)) != 0:
                return port
    raise Refused(
        "no_free_port",
        f"Ports {first} to {first + _PORTS_TRIED - 1} are all taken. Nothing was started. Choose "
        "another one with --port.",
    )


@contextmanager
def working_beside() -> Iterator[None]:
    """A worker in a process of its own for the block; one that ends is started again."""
    keeper = _Keeper()
    keeper.start()
    try:
        yield
    finally:
        keeper.end()


class _Keeper(threading.Thread):
    """Keeps a worker running. It ends when the line to it is closed, so it outlives nobody."""

    def __init__(self) -> None:
        super().__init__(name="worker's keeper", daemon=True)
        self._is_ending = threading.Event()
        self._process = self._begin()

    def run(self) -> None:
        """Start the worker again whenever it ends; the faster it ends, the later."""
        pause = 1
        while not self._is_ending.is_set():
            began = time.monotonic()
            code = self._process.wait()
            if self._is_ending.is_set():
                return
            pause = 1 if time.monotonic() - began > _LONGEST_PAUSE_SECONDS else pause
            warn(f"icb: the worker ended with code {code}; it is started again in {pause} s.")
            if self._is_ending.wait(pause):
                return
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            self._process = self._begin()

    def end(self) -> None:
        """End the worker and wait for it; it stores nothing half."""
        self._is_ending.set()
        process = self._process
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            warn("icb: the worker did not end in time and was ended; its work is taken up again.")
            process.kill()
            process.wait()

    def _begin(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*_WORKER, str(os.getpid())], stdin=subprocess.PIPE)
