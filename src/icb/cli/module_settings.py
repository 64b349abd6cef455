"""Reads the settings that people type to connect a module, and secrets from where nobody sees them.

A secret never stands on the command line, where other users of the machine and the shell's history
would keep it, and is never printed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from icb.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from icb.hub.ports import SettingField

_LARGEST = 65536


def typed_settings(
    fields: Sequence[SettingField], *, plain: Sequence[str], secrets: Sequence[str]
) -> dict[str, str]:
    """The settings in NAME=VALUE texts, with the secrets that other texts say where to find.

    A secret is NAME=@FILE, NAME=env:VARIABLE, NAME=- for the first line of standard input, or NAME
    alone, which asks. Raises InvalidInput for anything else, and never repeats what stood there.
    """
    hidden = {one.name for one in fields if one.is_secret}
    found: dict[str, str] = {}
    for text in plain:
        name, sign, value = text.partition("=")
        if name in hidden:
            raise _wrong("setting", f"{name} is a secret; give it with --secret {name}=@FILE")
        if not sign:
            raise _wrong("setting", f"{name}: write it as NAME=VALUE")
        found[name] = value
    for text in secrets:
        name, _, place = text.partition("=")
        if fields and name not in hidden:
            known = ", ".join(sorted(hidden)) or "none"
            raise _wrong("secret", f"there is no secret of that name; there are: {known}")
        found[name] = _read(name, place)
    return found


def asked_secrets(fields: Sequence[SettingField], *, given: dict[str, str]) -> dict[str, str]:
    """The required secrets that were not given: asked for where a person sits at the terminal."""
    if not sys.stdin.isatty():
        return {}
    missing = [one for one in fields if one.is_secret and one.is_required]
    return {
        one.name: str(typer.prompt(one.label, hide_input=True))
        for one in missing
        if one.name not in given
    }


def _read(name: str, place: str) -> str:
    if place == "":
        return str(typer.prompt(name, hide_input=True))
    if place == "-":
        return sys.stdin.readline(_LARGEST).rstrip("\r\n")
    if place.startswith("@"):
        return _from_file(name, Path(place[1:]))
    if place.startswith("env:"):
        value = os.environ.get(place[4:])
        if value is None:
            raise _wrong("secret", f"{name}: the variable that it names is not set")
        return value
    raise _wrong(
        "secret",
        f"{name}: a secret does not stand on the command line. Write {name}=@FILE, "
        f"{name}=env:VARIABLE, {name}=- for standard input, or {name} alone to be asked",
    )


def _from_file(name: str, path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_LARGEST).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(
            "secret", f"{name}: the file cannot be read ({type(error).__name__})"
        ) from None


def _wrong(field: str, problem: str) -> InvalidInput:
    return InvalidInput(field=field, message=f"{field}: {problem}. Nothing was stored.")
