"""`icb secrets`: which secrets are kept, and the keys that seal them."""

from __future__ import annotations

import typer

from icb.cli.output import Json, print_json, say
from icb.cli.session import working

app = typer.Typer(no_args_is_help=True, help="List the names of secrets; change their keys.")


@app.command("list")
def list_secrets(as_json: Json = False) -> None:
    """List the names of the secrets that are kept. What they are is shown nowhere.

    Example:

      icb secrets list
    """
    with working():
        from icb.foundation.secrets import secret_names

        names = secret_names()
        if as_json:
            print_json(names)
        elif names:
            say("\n".join(names))
        else:
            say("No secrets are kept.")


@app.command()
def rotate(as_json: Json = False) -> None:
    """Seal all secrets anew with a new key, of all providers, while the program runs.

    Where ICB_DATA_KEYS gives the keys, put the new one in front of it first. Otherwise one is made
    in the data folder. The key before it can still open what it sealed until the next rotation.

    Example:

      icb secrets rotate
    """
    with working():
        from icb.foundation.secrets import rotate_keys

        done = rotate_keys()
        if as_json:
            print_json(
                {
                    "key": done.newest,
                    "sealed_anew": done.sealed_anew,
                    "unreadable": done.unreadable,
                }
            )
            return
        say(f"Sealed {done.sealed_anew} secrets anew. New ones are sealed with {done.newest}.")
        for name in done.unreadable:
            say(f"No key opens {name}. It was left as it is: enter it anew.")
