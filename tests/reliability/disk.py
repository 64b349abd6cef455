"""What a disk holds after a power cut: rebuilt from the calls that a process made.

A write is safe once its file was synced. Until then the cut may drop it, keep it, keep it without
the ones before it, or keep a part of it. A file that was removed may still be there.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import NamedTuple

SECTOR = 512
CALLS = "pwrite64,write,fsync,fdatasync,ftruncate,unlink"
_CALL = re.compile(r"^(\w+)\((.*)\) += (\d+)$")
_DESCRIPTOR = re.compile(r"^\d+<([^>]*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


class Call(NamedTuple):
    """One call that changed a file: `data` of a write at `offset`; `offset` is also a length."""

    name: str
    path: str
    data: bytes = b""
    offset: int = 0


class Cut(Enum):
    """What becomes of writes that were not synced when the power went."""

    DROPPED = "dropped"
    KEPT = "kept"
    HALF_KEPT = "half kept"


def read_calls(log: Path) -> Iterator[Call]:
    """The calls that strace wrote down (`-y -xx`), those that failed left out."""
    for line in log.read_text().splitlines():
        if found := _CALL.match(line):
            name, arguments, _ = found.groups()
            yield _call(name, arguments)


def _call(name: str, arguments: str) -> Call:
    texts = _TEXT.findall(arguments)
    if name == "unlink":
        return Call(name, _bytes(texts[0]).decode())
    descriptor = _DESCRIPTOR.match(arguments)
    path = descriptor.group(1) if descriptor else ""
    path = _bytes(path).decode() if path.startswith("\\x") else path
    if name in ("fsync", "fdatasync"):
        return Call(name, path)
    last = int(arguments.rpartition(",")[2])
    if name == "ftruncate":
        return Call(name, path, offset=last)
    return Call(name, path, _bytes(texts[0]), offset=last)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


@dataclass
class _File:
    synced: bytearray = field(default_factory=bytearray)
    since: list[Call] = field(default_factory=list)


class Disk:
    """Some files, by path; calls on others are left alone."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = {path: _File(bytearray(data)) for path, data in files.items()}

    def take(self, call: Call) -> None:
        """What one call does to the disk."""
        file = self._files.get(call.path)
        if file is None:
            return
        if call.name in ("fsync", "fdatasync"):
            for each in file.since:
                _apply(file.synced, each)
            file.since = []
        else:
            file.since.append(call)

    def after(self, cut: Cut, chance: random.Random) -> dict[str, bytes]:
        """The files as they are found when the power is back."""
        return {path: _found(file, cut, chance) for path, file in self._files.items()}


def _found(file: _File, cut: Cut, chance: random.Random) -> bytes:
    content = bytearray(file.synced)
    for call in file.since if cut is not Cut.DROPPED else ():
        if cut is Cut.KEPT:
            _apply(content, call)
        elif chance.random() < 0.5:
            _apply(content, _torn(call, chance))
    return bytes(content)


def _torn(call: Call, chance: random.Random) -> Call:
    """The write, of which now and then only the first sectors came to the disk."""
    if len(call.data) <= SECTOR or chance.random() < 0.5:
        return call
    return call._replace(data=call.data[: SECTOR * chance.randrange(1, len(call.data) // SECTOR)])


def _apply(content: bytearray, call: Call) -> None:
    if call.name == "unlink":
        content.clear()
        return
    if call.name == "ftruncate":
        del content[call.offset :]
        content.extend(bytes(call.offset - len(content)))
        return
    content.extend(bytes(max(0, call.offset - len(content))))
    content[call.offset : call.offset + len(call.data)] = call.data
