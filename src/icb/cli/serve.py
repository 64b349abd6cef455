"""`icb serve`: answers on the network."""

from __future__ import annotations

from typing import Annotated

import typer

from icb.cli.output import say
from icb.cli.session import open_books

app = typer.Typer(no_args_is_help=True)

# Named, as Django's settings are: the wiring stands above the commands.
_APPLICATION = "icb.config.wsgi:application"
_THREADS = 2


@app.command()
def serve(
    address: Annotated[str, typer.Option("--address", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8000,
) -> None:
    """Answer on the network until stopped. /health says whether the database answers.

    Example:

      icb serve --port 8080
    """
    open_books()
    answer(address=address, port=port)


def answer(*, address: str = "127.0.0.1", port: int = 8000) -> None:
    """Answer on the network until stopped; the database is open already."""
    from granian.constants import Interfaces
    from granian.server import Server

    say(f"Listening on http://{address}:{port}/health (Ctrl-C stops).")
    # Two at a time: the database takes one writer, and a page reads for milliseconds.
    Server(
        _APPLICATION,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=_THREADS,
        websockets=False,
    ).serve()
