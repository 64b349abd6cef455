"""`icb init`: sets up the database and the provider."""

from __future__ import annotations

from typing import Annotated

import typer

from icb.cli.output import say
from icb.cli.session import machine_user_name, make_books, named_user

app = typer.Typer(no_args_is_help=True)


@app.command()
def init(
    key: Annotated[str, typer.Argument(help="Short name of the provider, such as northgate.")],
    name: Annotated[str, typer.Option("--name", help="Name on documents and screens.")],
    currency: Annotated[str, typer.Option("--currency", help="Of catalogue prices.")],
    timezone: Annotated[
        str, typer.Option("--timezone", help="Zone whose calendar counts.")
    ] = "UTC",
) -> None:
    """Set up the database and a provider, with you as its owner.

    Importing a bundle that has a provider.csv does the same by itself.

    Example:

      icb init northgate --name "Northgate IT" --currency USD --timezone America/Chicago
    """
    make_books()
    from icb.foundation.actor import acting_as_system
    from icb.foundation.inputs import NewProvider
    from icb.foundation.providers import create_provider

    owner = named_user() or machine_user_name() or "owner"
    new = NewProvider(key=key, name=name, currency=currency.upper(), timezone=timezone, owner=owner)
    with acting_as_system("init"):
        create_provider(new)
    say(f"Set up {name} ({key}); {owner} is its owner. Next: `icb import FOLDER`.")
