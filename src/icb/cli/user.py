"""`icb user`: who may do what."""

from __future__ import annotations

from typing import Annotated

import typer

from icb.cli.output import Json, print_json, print_table, say
from icb.cli.session import working

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
def remove(name: Name) -> None:
    """End a user's membership; the name stays for what was done under it.

    Example:

      icb user remove anna
    """
    with working():
        from icb.foundation.users import remove_user

        remove_user(name)
        say(f"{name} may do nothing here any more.")
