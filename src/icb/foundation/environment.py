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
from urllib.parse import urlsplit

from icb.foundation.egress.guard import PrivateTarget, read_private_targets
from icb.kernel.errors import InvalidInput

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")
_STARTTLS = "starttls"
_MAIL_SECURITY = (_STARTTLS, "tls", "none")
_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")


class Kind(StrEnum):
    """What a setting's text stands for."""

    TEXT = "text"
    SECRET = "secret"
    FOLDER = "folder"
    FILE = "file"
    BOOLEAN = "yes or no"
    LIST = "list, separated by commas"
    NUMBER = "whole number"


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
        "The host names that requests may be addressed to, beside the one in ICB_URL.",
    ),
    Setting(
        "ICB_URL",
        Kind.TEXT,
        "",
        "Where browsers reach the pages, such as https://billing.example.org. Links that are "
        "mailed or printed begin with it. With https, cookies are sent over https only. Empty: "
        "http on this machine; where ICB_HOSTS names others, cookies are sent over https only.",
    ),
    Setting(
        "ICB_PROXIES",
        Kind.NUMBER,
        "0",
        "How many proxies of your own stand before the pages and add to X-Forwarded-For. Limits "
        "on attempts to sign in count by the address of the sender, which is found there.",
    ),
    Setting(
        "ICB_SMTP_HOST",
        Kind.TEXT,
        "",
        "The server that takes mail, for invitations and forgotten passwords. Empty: no mail is "
        "sent, and owners hand over links themselves.",
    ),
    Setting("ICB_SMTP_PORT", Kind.NUMBER, "587", "Its port."),
    Setting(
        "ICB_SMTP_SECURITY",
        Kind.TEXT,
        "starttls",
        "How the line to it is secured: starttls, tls (from the first byte, mostly port 465) or "
        "none (for a server on this machine).",
    ),
    Setting("ICB_SMTP_USER", Kind.TEXT, "", "The user name there; empty: without one."),
    Setting("ICB_SMTP_PASSWORD", Kind.SECRET, "", "The password there."),
    Setting("ICB_MAIL_FROM", Kind.TEXT, "", "The sender of mails, such as ICB <icb@example.org>."),
    Setting(
        "ICB_PRIVATE_TARGETS",
        Kind.LIST,
        "",
        "Machines of your own that modules and mail servers may be asked at: host:port, or a "
        "network with or without a port (10.1.0.0/16, 10.1.0.0/16:8443, [fd00::/8]:8443; without "
        "one, 443 and 80, and no mail). These may also be asked without https. Everything else "
        "that is not https on port 443 of a public address, or mail on port 25, 465, 587 or 2525 "
        "of one, is refused.",
    ),
    Setting("ICB_DEBUG", Kind.BOOLEAN, "no", "Show details of errors in pages. Never in use."),
    Setting("ICB_USER", Kind.TEXT, "", "The user name that commands act and are recorded under."),
    Setting("ICB_PROVIDER", Kind.TEXT, "", "The key of the provider that commands work for."),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Mail:
    """The server that takes mail; `host` is empty where there is none."""

    host: str = ""
    port: int = 587
    security: str = _STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""


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
    url: str = ""
    proxies: int = 0
    mail: Mail = Mail()

    @property
    def is_https(self) -> bool:
        """Whether cookies are for https only: by ICB_URL, else where others can reach the pages."""
        if self.url:
            return self.url.startswith("https://")
        return any(host not in _THIS_MACHINE for host in self.hosts)

    @property
    def origins(self) -> tuple[str, ...]:
        """Where forms may come from that reach the pages by https through something before them."""
        if self.url or not self.is_https:
            return (self.url,) if self.url else ()
        return tuple(f"https://{'*' * host.startswith('.')}{host}" for host in self.hosts)


def read_environment(variables: Mapping[str, str] | None = None) -> Environment:
    """The settings in `variables` (by default the process's own) and in the file they name.

    Raises InvalidInput for a file that cannot be read, a name it may not set and a bad value.
    """
    given = os.environ if variables is None else variables
    path = given.get("ICB_SETTINGS_FILE", "")
    values = {setting.name: setting.default for setting in SETTINGS}
    values.update(_in_file(Path(path)) if path else {})
    values.update({name: given[name] for name in _BY_NAME if name in given})
    url = _url(values["ICB_URL"])
    return Environment(
        data_dir=Path(values["ICB_DATA_DIR"] or _BY_NAME["ICB_DATA_DIR"].default).absolute(),
        database_url=values["ICB_DATABASE_URL"],
        secret_key=values["ICB_SECRET_KEY"],
        data_keys=values["ICB_DATA_KEYS"],
        hosts=_hosts(values["ICB_HOSTS"], url=url),
        private_targets=read_private_targets(values["ICB_PRIVATE_TARGETS"].split(",")),
        debug=_boolean("ICB_DEBUG", values["ICB_DEBUG"]),
        user=values["ICB_USER"],
        provider=values["ICB_PROVIDER"],
        url=url,
        proxies=_number("ICB_PROXIES", values["ICB_PROXIES"]),
        mail=_mail(values),
    )


def _hosts(text: str, *, url: str) -> tuple[str, ...]:
    """The names in the list, and the one in the address."""
    named = [part.strip() for part in text.split(",") if part.strip()]
    host = urlsplit(url).hostname or ""
    host = f"[{host}]" if ":" in host else host
    return tuple(dict.fromkeys([*named, *([host] if host else [])]))


def _url(text: str) -> str:
    """The address without a slash at its end; InvalidInput for one that is not of pages."""
    url = text.strip().rstrip("/")
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path):
        raise InvalidInput(
            field="ICB_URL",
            value=text,
            message=f"ICB_URL: {text} is no address of pages. Nothing was started. Write "
            "https://NAME, with a port where it is not 443, and without a path.",
        )
    return url


def _mail(values: Mapping[str, str]) -> Mail:
    """The server that takes mail; InvalidInput where only a part of it is said."""
    mail = Mail(
        host=values["ICB_SMTP_HOST"],
        port=_number("ICB_SMTP_PORT", values["ICB_SMTP_PORT"]),
        security=values["ICB_SMTP_SECURITY"],
        user=values["ICB_SMTP_USER"],
        password=values["ICB_SMTP_PASSWORD"],
        sender=values["ICB_MAIL_FROM"],
    )
    if mail.security not in _MAIL_SECURITY:
        raise InvalidInput(
            field="ICB_SMTP_SECURITY",
            value=mail.security,
            message=f"ICB_SMTP_SECURITY: {mail.security} is not known. Nothing was started. Write "
            f"one of {', '.join(_MAIL_SECURITY)}.",
        )
    if mail.host and not mail.sender:
        raise InvalidInput(
            field="ICB_MAIL_FROM",
            message="ICB_MAIL_FROM: ICB_SMTP_HOST is set, and nobody is named who sends. Nothing "
            "was started. Give the address that mails come from.",
        )
    return mail


def _number(name: str, text: str) -> int:
    if text.strip().isascii() and text.strip().isdigit():
        return int(text)
    raise InvalidInput(
        field=name,
        value=text,
        message=f"{name}: {text} is no whole number. Nothing was started. Write digits only.",
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
