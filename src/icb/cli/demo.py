"""`icb demo`: a believable provider, billed for a year."""

from __future__ import annotations

from typing import Annotated

import typer

from icb.cli.serve import answer
from icb.cli.session import make_books

app = typer.Typer(no_args_is_help=True)


@app.command()
def demo(
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start over; only a demo folder is emptied.")
    ] = False,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Answer on the network afterwards.")
    ] = False,
) -> None:
    """Load a believable provider and run the main job over twelve months of counts.

    Lives in ICB_DATA_DIR where set, else in ./demo-data, never beside real books.

    Examples:

      icb demo

      icb demo --fresh
    """
    from icb.demo.run import run

    run(open_books=make_books, fresh=fresh)
    if serve:
        answer()
