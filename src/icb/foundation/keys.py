"""The keys of an installation: given by the environment, or made once in the data folder."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from icb.foundation.environment import Environment
from icb.kernel.errors import InvalidInput

SECRET_KEY_CHARACTERS = 50
DATA_KEY_BYTES = 32
_SECRET_KEY, _DATA_KEYS = "secret-key", "data-keys"


def make_keys(environment: Environment) -> None:
    """Make the keys that are neither given nor kept yet."""
    if not environment.secret_key:
        _kept(environment.data_dir / _SECRET_KEY, make=lambda: secrets.token_urlsafe(64))
    if not environment.data_keys:
        _kept(environment.data_dir / _DATA_KEYS, make=new_data_key)


def secret_key(environment: Environment) -> str:
    """The key that signs sessions; InvalidInput where one was given that is too short.

    Where none was made yet, one that lasts as long as the process: reading settings, as tools do,
    writes nothing.
    """
    if not environment.secret_key:
        path = environment.data_dir / _SECRET_KEY
        return _read(path) if path.exists() else secrets.token_urlsafe(64)
    if len(environment.secret_key) < SECRET_KEY_CHARACTERS:
        raise InvalidInput(
            field="ICB_SECRET_KEY",
            message=f"ICB_SECRET_KEY: shorter than {SECRET_KEY_CHARACTERS} characters. Nothing "
            "was started. Give a longer random text, or unset it to have one made.",
        )
    return environment.secret_key


def kept_data_keys(environment: Environment) -> str:
    """The text of the key ring that seals stored secrets: name:base64, newest first."""
    return environment.data_keys or _kept(environment.data_dir / _DATA_KEYS, make=new_data_key)


def add_data_key(environment: Environment, *, in_use: frozenset[str]) -> None:
    """Put a fresh key in front of the ring in the data folder; nothing where the keys are given.

    The key that was newest stays, for whoever is reading now, and so does every key `in_use`. Only
    one may do this at a time.
    """
    if environment.data_keys:
        return
    newest, *older = kept_data_keys(environment).split(",")
    kept = [part for part in older if part.partition(":")[0].strip() in in_use]
    _write(environment.data_dir / _DATA_KEYS, text=",".join([new_data_key(), newest, *kept]))


def new_data_key() -> str:
    """A fresh key with a name of its own, as it stands in the key ring."""
    key = base64.b64encode(secrets.token_bytes(DATA_KEY_BYTES)).decode()
    return f"key-{secrets.token_hex(4)}:{key}"


def _kept(path: Path, *, make: Callable[[], str]) -> str:
    """The text in the file, which is made, for the owner's eyes only, where it is missing.

    Two processes that start at once end up with the same text: a finished file is linked into
    place, and only the first link succeeds.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft(path, text=make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return _read(path)


def _write(path: Path, *, text: str) -> None:
    """Put the text in place of the file's, at once and for good."""
    _draft(path, text=text).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _draft(path: Path, *, text: str) -> Path:
    """A finished file beside `path`, for the owner's eyes only."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return draft


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
