"""`icb demo`: a believable provider, billed for a year."""

from __future__ import annotations

from typing import Annotated

import typer

from icb.cli.output import say
from icb.cli.serve import answer, free_port, working_beside
from icb.cli.session import make_books, pages_url

app = typer.Typer(no_args_is_help=True)


@app.command()
def demo(
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start over; only a demo folder is emptied.")
    ] = False,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Answer on the network afterwards.")
    ] = True,
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, help="The next free one is taken.")
    ] = 8000,
) -> None:
    """Load a believable provider, run the main job over twelve months of counts, show the pages.

    Lives in ICB_DATA_DIR where set, else in ./demo-data, never beside real books. It prints a link
    that signs in once, and answers until stopped.

    Examples:

      icb demo

      icb demo --fresh --no-serve
    """
    from icb.demo.run import run

    run(open_books=make_books, fresh=fresh)
    if serve:
        _show_pages(free_port(port))


def _show_pages(port: int) -> None:
    from icb.demo.cast import OWNER
    from icb.foundation.actor import acting_as_system
    from icb.foundation.links import LinkKind, one_time_link
    from icb.foundation.providers import provider_named
    from icb.foundation.scope import in_provider

    url = pages_url(port=port)
    with in_provider(provider_named("harbour")), acting_as_system("demo"):
        link = one_time_link(OWNER, kind=LinkKind.SIGN_IN, base_url=url)
    say(f"This link signs you in, once:\n  {link}")
    with working_beside():
        answer(port=port)
