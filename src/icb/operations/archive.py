"""A backup's file: a compressed tar of files, with a list of them at its end.

The first entry says which format it is, the last one (the list) what every file must be. A file
that was cut off, changed or put together from two backups does not fit its list and is refused.
The list guards against accidents: whoever wants to forge a backup can write a list as well.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import secrets
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from icb.kernel.errors import NotFound, Refused

FORMAT = "icb backup 1\n"
_FORMAT_NAME, _LIST_NAME = "format", "manifest.json"
# The database compresses well at any level, and documents at none: the lower ones are the faster.
_COMPRESSION = 3
_BLOCK = 1 << 20
_BROKEN = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError, ValueError)

Facts = Mapping[str, Any]


class ListedFile(NamedTuple):
    """One file of a backup."""

    path: str
    size: int
    sha256: str


class Archive:
    """A backup that is being written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.files: list[ListedFile] = []
        self.is_finished = False
        self._write(_FORMAT_NAME, FORMAT.encode())

    def add(self, name: str, *, source: Path) -> None:
        """Take in a file under a name."""
        with source.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            hashing = _Hashing(file)
            self._tar.addfile(_entry(name, size), hashing)
        self.files.append(ListedFile(name, size, hashing.sha256.hexdigest()))

    def finish(self, facts: Facts) -> None:
        """Write the list, with what else is to be known of the backup."""
        listed = {**facts, "files": [file._asdict() for file in self.files]}
        self._write(_LIST_NAME, json.dumps(listed, indent=1, sort_keys=True).encode())
        self.is_finished = True

    def _write(self, name: str, content: bytes) -> None:
        self._tar.addfile(_entry(name, len(content)), io.BytesIO(content))


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self.sha256.update(block)
        return block


@contextmanager
def new_archive(path: Path) -> Iterator[Archive]:
    """A backup under `path`, which is there as soon as it is whole and not before.

    The block adds files and finishes. Raises Refused where something has the name already, and
    where it cannot be written.
    """
    if path.exists():
        raise Refused(
            "backup_exists",
            f"{path} is there already. Nothing was written. Give a name that is not taken.",
        )
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        # For the owner's eyes: the keys are in it.
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as f:
            with (
                gzip.GzipFile(fileobj=f, mode="wb", compresslevel=_COMPRESSION, mtime=0) as packed,
                tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
            ):
                archive = Archive(tar)
                yield archive
                assert archive.is_finished
            f.flush()
            os.fsync(f.fileno())
        unfinished.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise Refused(
            "cannot_write_backup",
            f"{path} cannot be written: {error}. No backup was made. Choose a folder that is "
            "there, is writable and has room.",
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def unpack(path: Path, *, into: Path) -> dict[str, Any]:
    """Write the files of a backup into an empty folder; what its list says beside them.

    Raises NotFound where there is no such file, and Refused where it is no backup of a known
    format or not as it was made.
    """
    if not path.is_file():
        raise NotFound(
            "no_backup", f"There is no file {path}. Nothing was done. Name a file of `icb backup`."
        )
    try:
        with gzip.open(path) as packed:
            with tarfile.open(fileobj=packed, mode="r|") as tar:
                facts = _unpack(tar, into)
            while packed.read(_BLOCK):  # to the end, where the check sum of the whole is
                pass
    except _BROKEN as error:
        raise _broken(path, "it is cut off or damaged") from error
    if facts is None:
        raise _broken(path, "its list of files is missing, or does not fit the files")
    return facts


def _unpack(tar: tarfile.TarFile, into: Path) -> dict[str, Any] | None:
    """The facts; None where the list is missing or the files are not those it names."""
    found: list[ListedFile] = []
    for number, member in enumerate(tar):
        content = tar.extractfile(member) if member.isfile() else None
        if content is None or not _is_inside(member.name):
            return None
        if number == 0:
            _check_format(member.name, content)
        elif member.name == _LIST_NAME:
            facts: dict[str, Any] = json.loads(content.read())
            listed = [ListedFile(**entry) for entry in facts.pop("files")]
            return facts if listed == found and tar.next() is None else None
        else:
            found.append(_write_out(content, into, member.name))
    return None


def _check_format(name: str, content: IO[bytes]) -> None:
    said = content.read(len(FORMAT) + 1)
    if name != _FORMAT_NAME or said != FORMAT.encode():
        raise Refused(
            "unknown_backup",
            "This is no backup of a format that this version of ICB knows. Nothing was restored. "
            "Name a file of `icb backup`, or install the version that made it.",
        )


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and "\\" not in name


def _write_out(content: IO[bytes], into: Path, name: str) -> ListedFile:
    target = into / name
    target.parent.mkdir(parents=True, exist_ok=True)
    reading = _Hashing(content)
    size = 0
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while block := reading.read(_BLOCK):
            size += file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return ListedFile(name, size, reading.sha256.hexdigest())


def _broken(path: Path, what: str) -> Refused:
    return Refused(
        "broken_backup",
        f"{path} cannot be restored: {what}. Nothing was restored. Use another backup, and copy "
        "this one again from where it was made.",
    )


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
