"""Begins a command: loads the program, opens the database, says for whom and as whom it works."""

from __future__ import annotations

import getpass
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from icb.kernel.errors import NotFound, NotPermitted

# The one wiring place stands above the commands and is therefore named, as Django's settings are.
WIRING = "icb.config.setup"


class Chosen(NamedTuple):
    """What the options that every command takes said; empty where nothing was said."""

    user: str = ""
    provider: str = ""


chosen: ContextVar[Chosen] = ContextVar("icb_cli_chosen", default=Chosen())  # noqa: B039


@contextmanager
def working() -> Iterator[None]:
    """Run the block for the chosen provider and as the chosen user.

    Raises NotFound where nothing is set up or the provider must be named, NotPermitted where it
    is not clear who acts.
    """
    load()
    check_database()
    from icb.foundation.actor import acting_as
    from icb.foundation.providers import provider_named
    from icb.foundation.scope import in_provider

    with in_provider(provider_named(provider_key())), acting_as(user_name()):
        yield


def load() -> None:
    """Load the apps. Everything that needs data is imported after this."""
    importlib.import_module(WIRING).setup()


def provider_key() -> str:
    """The key of the provider that was named, by option or ICB_PROVIDER; empty: the only one."""
    from icb.foundation.environment import read_environment

    return chosen.get().provider or read_environment().provider


def named_user() -> str:
    """The user that was named, by option or ICB_USER; empty where none was."""
    from icb.foundation.environment import read_environment

    return chosen.get().user or read_environment().user


def user_name() -> str:
    """Who acts: the named user, the only one there is, or the one named as on this machine.

    Raises NotPermitted where none of these is a user of the provider in scope.
    """
    from icb.foundation.users import users

    if named := named_user():
        return named
    names = [user.username for user in users() if user.is_active]
    if len(names) == 1:
        return names[0]
    machine_user = machine_user_name()
    if machine_user in names:
        return machine_user
    raise NotPermitted(
        "no_actor",
        f"It must be said who acts: {machine_user or 'you'} is no user here. Nothing was done. "
        f"Give --as NAME, or set ICB_USER; the users are: {', '.join(names) or 'none yet'}.",
    )


def machine_user_name() -> str:
    """The name of the person at this machine; empty where it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def check_database() -> None:
    """Open the database, which was set up before.

    Raises NotFound where it was not, Broken where its guards are not as declared or it could lose
    what it stores.
    """
    if not is_set_up():
        from icb.foundation.environment import read_environment

        raise NotFound(
            "not_set_up",
            f"Nothing is set up yet in {read_environment().data_dir}. Nothing was done. Import "
            "your files with `icb import FOLDER`, look at `icb demo`, or run `icb init --help`.",
        )
    importlib.import_module(WIRING).open_database()


def is_set_up() -> bool:
    """Whether the database has been set up."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and not _is_there(name):
        return False
    return "provider" in connection.introspection.table_names()


def _is_there(name: str) -> bool:
    from pathlib import Path

    # A database in memory has no file and is there as soon as it is opened.
    return Path(name).exists() or ":memory:" in name or "mode=memory" in name
