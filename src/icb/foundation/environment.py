"""What an installation may set: environment variables, and an optional file of the same names.

`SETTINGS` is the one table of them; the reference in the documentation is generated from it.
A variable in the environment outranks the same name in the file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from icb.foundation.egress.guard import PrivateTarget, read_private_targets
from icb.kernel.errors import InvalidInput

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")


class Kind(StrEnum):
    """What a setting's text stands for."""

    TEXT = "text"
    SECRET = "secret"
    FOLDER = "folder"
    FILE = "file"
    BOOLEAN = "yes or no"
    LIST = "list, separated by commas"


@dataclass(frozen=True)
class Setting:
    """One variable: its name, what its text stands for, what holds without it, what it does."""

    name: str
    kind: Kind
    default: str
    meaning: str


SETTINGS = (
    Setting(
        "ICB_SETTINGS_FILE",
        Kind.FILE,
        "",
        "A file of NAME=value lines with settings of this table. Lines that start with # are "
        "comments. What the environment says outranks the file.",
    ),
    Setting(
        "ICB_DATA_DIR",
        Kind.FOLDER,
        "./data",
        "The folder of everything this installation keeps: the embedded database, rendered "
        "documents and keys. Two installations never share one.",
    ),
    Setting(
        "ICB_DATABASE_URL",
        Kind.SECRET,
        "",
        "sqlite:///PATH, or postgresql://USER:PASSWORD@HOST:PORT/NAME (a socket folder as "
        "?host=/FOLDER). Empty: the file icb.sqlite3 in the data folder.",
    ),
    Setting(
        "ICB_SECRET_KEY",
        Kind.SECRET,
        "",
        "At least 50 characters that sign sessions. Empty: made once and kept in the data folder.",
    ),
    Setting(
        "ICB_DATA_KEYS",
        Kind.SECRET,
        "",
        "The keys that seal stored secrets, as name:base64 of 32 bytes, newest first, separated "
        "by commas. Empty: made once and kept in the data folder.",
    ),
    Setting(
        "ICB_HOSTS",
        Kind.LIST,
        "localhost,127.0.0.1,[::1]",
        "The host names that requests may be addressed to.",
    ),
    Setting(
        "ICB_PRIVATE_TARGETS",
        Kind.LIST,
        "",
        "Machines of your own that modules may be asked at: host:port, or a network with or "
        "without a port (10.1.0.0/16, 10.1.0.0/16:8443, [fd00::/8]:8443; without one, 443 and "
        "80). These may also be asked without https. Everything else that is not https on port "
        "443 of a public address is refused.",
    ),
    Setting("ICB_DEBUG", Kind.BOOLEAN, "no", "Show details of errors in pages. Never in use."),
    Setting("ICB_USER", Kind.TEXT, "", "The user name that commands act and are recorded under."),
    Setting("ICB_PROVIDER", Kind.TEXT, "", "The key of the provider that commands work for."),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Environment:
    """The settings of this process, typed. Texts that are not set are empty."""

    data_dir: Path
    # Not shown by repr: these are or hold secrets.
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    data_keys: str = field(repr=False)
    hosts: tuple[str, ...]
    private_targets: tuple[PrivateTarget, ...]
    debug: bool
    user: str
    provider: str


def read_environment(variables: Mapping[str, str] | None = None) -> Environment:
    """The settings in `variables` (by default the process's own) and in the file they name.

    Raises InvalidInput for a file that cannot be read, a name it may not set and a bad value.
    """
    given = os.environ if variables is None else variables
    path = given.get("ICB_SETTINGS_FILE", "")
    values = {setting.name: setting.default for setting in SETTINGS}
    values.update(_in_file(Path(path)) if path else {})
    values.update({name: given[name] for name in _BY_NAME if name in given})
    return Environment(
        data_dir=Path(values["ICB_DATA_DIR"] or _BY_NAME["ICB_DATA_DIR"].default).absolute(),
        database_url=values["ICB_DATABASE_URL"],
        secret_key=values["ICB_SECRET_KEY"],
        data_keys=values["ICB_DATA_KEYS"],
        hosts=tuple(part.strip() for part in values["ICB_HOSTS"].split(",") if part.strip()),
        private_targets=read_private_targets(values["ICB_PRIVATE_TARGETS"].split(",")),
        debug=_boolean("ICB_DEBUG", values["ICB_DEBUG"]),
        user=values["ICB_USER"],
        provider=values["ICB_PROVIDER"],
    )


def _in_file(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            field="ICB_SETTINGS_FILE",
            value=path,
            message=f"ICB_SETTINGS_FILE: {path} cannot be read ({error}). Nothing was started. "
            "Name a readable file, or unset it.",
        ) from error
    values = {}
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            name, value = _entry(path, number=number, line=line)
            values[name] = value
    return values


def _entry(path: Path, *, number: int, line: str) -> tuple[str, str]:
    name, separator, value = (part.strip() for part in line.partition("="))
    if not separator or name not in _BY_NAME or name == "ICB_SETTINGS_FILE":
        raise InvalidInput(
            field=name or "line",
            message=f"{path}, line {number}: {name or line} is no setting. Nothing was started. "
            f"A line is NAME=value with one of {', '.join(sorted(_BY_NAME))}.",
        )
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return name, value


def _boolean(name: str, text: str) -> bool:
    word = text.strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise InvalidInput(
        field=name,
        value=text,
        message=f"{name}: {text} is neither yes nor no. Nothing was started. Write yes or no.",
    )
