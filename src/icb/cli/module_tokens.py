"""`icb modules token`: what programs show to push counts."""

from __future__ import annotations

from typing import Annotated

import typer

from icb.cli.output import Json, print_json, print_table, say
from icb.cli.session import working

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke tokens for pushing counts.")

Key = Annotated[str, typer.Argument(help="Key of the connection.")]


@app.command()
def new(key: Key, name: Annotated[str, typer.Option("--name", help="Who is to use it.")]) -> None:
    """Make a token. It is shown this once and kept as a hash.

    Example:

      icb modules token new my-rmm --name "nightly script"
    """
    with working():
        from icb.hub.push_actions import create_token

        made = create_token(key, name=name)
        say(f"Token {made.id}, shown this once: {made.token}")


@app.command("list")
def list_tokens(as_json: Json = False) -> None:
    """List the tokens by their last characters, with their last use.

    Example:

      icb modules token list
    """
    with working():
        from icb.hub.push_queries import tokens

        rows = tokens()
        if as_json:
            print_json([row._asdict() for row in rows])
            return
        columns = rows[0]._fields if rows else ("token",)
        print_table(rows, columns=columns, empty="There are no tokens.")


@app.command()
def revoke(id: Annotated[int, typer.Argument(help="Number of the token.")]) -> None:
    """End a token: whoever still shows it is refused.

    Example:

      icb modules token revoke 3
    """
    with working():
        from icb.hub.push_actions import revoke_token

        revoke_token(id)
        say(f"Token {id} is revoked.")


@app.command()
def signing(key: Key) -> None:
    """Make a secret with which a sender signs what it pushes, in place of one before.

    Example:

      icb modules token signing my-rmm
    """
    with working():
        from icb.hub.push_actions import set_signing_secret

        say(f"Signing secret, shown this once: {set_signing_secret(key)}")
