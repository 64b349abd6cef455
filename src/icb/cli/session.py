"""Begins a command: loads the program, opens the database, says for whom and as whom it works."""

from __future__ import annotations

import getpass
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

from icb.foundation.environment import read_environment
from icb.kernel.errors import NotFound, NotPermitted

# The one wiring place stands above the commands and is therefore named, as Django's settings are.
WIRING = "icb.config.setup"
SQLITE_FILE = "icb.sqlite3"


class Chosen(NamedTuple):
    """What the options that every command takes said; empty where nothing was said."""

    user: str = ""
    provider: str = ""


_NOTHING_CHOSEN = Chosen()
chosen: ContextVar[Chosen] = ContextVar("icb_cli_chosen", default=_NOTHING_CHOSEN)


@contextmanager
def working() -> Iterator[None]:
    """Run the block for the chosen provider and as the chosen user.

    Raises NotFound where nothing is set up or the provider must be named, NotPermitted where it
    is not clear who acts.
    """
    open_books()
    from icb.foundation.actor import acting_as
    from icb.foundation.providers import provider_named
    from icb.foundation.scope import in_provider

    with in_provider(provider_named(provider_key())), acting_as(user_name()):
        yield


def open_books() -> None:
    """Load the apps and open the database, brought to the newest tables.

    Raises NotFound where nothing is set up, and Broken where the database is not to be trusted.
    """
    find_books()
    importlib.import_module(WIRING).open_database()


def find_books() -> None:
    """Load the apps and leave the database as it is, be it old or broken.

    Raises NotFound where nothing is set up, so that a command in a wrong folder leaves no trace.
    """
    if not is_set_up():
        raise NotFound(
            "not_set_up",
            f"Nothing is set up yet in {read_environment().data_dir}. Nothing was done. Import "
            "your files with `icb import FOLDER`, look at `icb demo`, or run `icb init --help`.",
        )
    load()


def make_books() -> None:
    """Load the apps and open the database, made new where it is not there."""
    load()
    importlib.import_module(WIRING).open_database()


def load() -> None:
    """Load the apps. Everything that needs data is imported after this."""
    importlib.import_module(WIRING).setup()


def pages_url(*, address: str = "127.0.0.1", port: int = 8000) -> str:
    """Where browsers reach the pages: ICB_URL, else the address that is listened on."""
    address = "127.0.0.1" if address in ("0.0.0.0", "::") else address
    here = f"[{address}]" if ":" in address else address
    return read_environment().url or f"http://{here}:{port}"


def set_up_link(url: str) -> str:
    """The link with which whoever has it sets the installation up, made new where needed.

    Raises Refused where somebody can sign in already.
    """
    make_books()
    from icb.foundation import links
    from icb.foundation.actor import acting_as_system

    with acting_as_system("set-up"):
        return links.set_up_link(base_url=url)


def durability_problems() -> list[str]:
    """What the database as it was opened lacks to keep what it said it stored."""
    found: list[str] = importlib.import_module(WIRING).durability_problems()
    return found


def is_set_up() -> bool:
    """Whether there is a database; one on a server is there as soon as it is named."""
    environment = read_environment()
    if environment.database_url:
        path = environment.database_url.removeprefix("sqlite:///")
        return path == environment.database_url or Path(path).exists()
    return (environment.data_dir / SQLITE_FILE).exists()


def provider_key() -> str:
    """The key of the provider that was named, by option or ICB_PROVIDER; empty: the only one."""
    return chosen.get().provider or read_environment().provider


def named_user() -> str:
    """The user that was named, by option or ICB_USER; empty where none was."""
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
