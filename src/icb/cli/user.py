"""`icb user`: who may do what."""

from __future__ import annotations

from typing import Annotated

import typer

from icb.cli.output import Json, print_json, print_table, say
from icb.cli.session import pages_url, set_up_link, working

app = typer.Typer(no_args_is_help=True, help="List, add and change users.")

Name = Annotated[str, typer.Argument(help="User name.")]
_ROLES = "owner, billing_administrator, approver, mapper, read_only, auditor or api_client"
Role = Annotated[str, typer.Option("--role", help=f"One of {_ROLES}.")]


@app.command("list")
def list_users(as_json: Json = False) -> None:
    """List the users and their roles.

    Example:

      icb user list
    """
    with working():
        from icb.foundation.users import users

        rows = users()
        if as_json:
            print_json([row._asdict() for row in rows])
            return
        print_table(
            rows, columns=("user", "name", "email", "role", "active"), empty="There are no users."
        )


@app.command()
def add(
    name: Name,
    role: Role,
    full_name: Annotated[str, typer.Option("--name", help="Full name.")] = "",
    email: Annotated[str, typer.Option("--email", help="E-mail address.")] = "",
) -> None:
    """Add a user.

    Example:

      icb user add anna --role approver --email anna@example.org
    """
    with working():
        from icb.foundation.inputs import NewUser
        from icb.foundation.users import add_users

        add_users([NewUser(name, role=role, name=full_name, email=email)])
        say(f"Added {name} as {role}.")


@app.command()
def role(name: Name, new_role: Annotated[str, typer.Argument(help=f"One of {_ROLES}.")]) -> None:
    """Give a user another role.

    Example:

      icb user role anna billing_administrator
    """
    with working():
        from icb.foundation.users import change_role

        change_role(name, role=new_role)
        say(f"{name} is {new_role} now.")


@app.command()
def link(
    name: Annotated[
        str, typer.Argument(help="User name; none for setting up a new installation.")
    ] = "",
    is_sign_in: Annotated[
        bool, typer.Option("--sign-in", help="For signing in once, without setting a password.")
    ] = False,
    base_url: Annotated[
        str, typer.Option("--url", help="Where browsers reach the pages, if not at ICB_URL.")
    ] = "",
) -> None:
    """Print a link that works once, with which a user sets a password.

    Without a name, where nobody can sign in yet: the link for setting up the installation.

    Examples:

      icb user link anna

      icb user link --url http://127.0.0.1:8080
    """
    url = base_url or pages_url()
    if not name:
        say(set_up_link(url))
        return
    with working():
        from icb.foundation.links import LinkKind, one_time_link

        kind = LinkKind.SIGN_IN if is_sign_in else LinkKind.RESET
        say(one_time_link(name, kind=kind, base_url=url))


@app.command()
def remove(name: Name) -> None:
    """End a user's membership; the name stays for what was done under it.

    Example:

      icb user remove anna
    """
    with working():
        from icb.foundation.users import remove_user

        remove_user(name)
        say(f"{name} may do nothing here any more.")
