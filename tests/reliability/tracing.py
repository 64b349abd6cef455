"""strace: what a process asked of the system, and its death at a chosen call."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path


@cache
def can_trace() -> bool:
    """Whether strace is installed and this system lets it trace."""
    if shutil.which("strace") is None:
        return False
    tried = subprocess.run(["strace", "-qq", "-e", "trace=none", "true"], capture_output=True)
    return tried.returncode == 0


class Trace:
    """strace, attached to a running process until that ends."""

    def __init__(self, pid: int, *options: str) -> None:
        self._strace = subprocess.Popen(
            ["strace", "-p", str(pid), *options], stderr=subprocess.PIPE, text=True
        )
        assert self._strace.stderr
        said = self._strace.stderr.readline()
        if "attached" not in said:
            self._strace.kill()
            raise RuntimeError(f"strace could not be attached: {said}")

    def end(self) -> None:
        """Wait for it; it ends with the process that it traced."""
        self._strace.communicate()


def killed_at(pid: int, calls: str, *, number: int) -> Trace:
    """Kill the process the moment it makes one of the calls (comma-separated) for the nth time."""
    return Trace(
        pid,
        "-o",
        "/dev/null",
        "-e",
        f"trace={calls}",
        "-e",
        f"inject={calls}:signal=KILL:when={number}",
    )


def recorded(pid: int, calls: str, *, into: Path) -> Trace:
    """Write down the calls of the process with all that they carry, for `disk.read_calls`."""
    return Trace(pid, "-y", "-xx", "-s", "1000000", "-o", str(into), "-e", f"trace={calls}")


def count_calls(log: Path) -> dict[str, int]:
    """How often each call was made, out of what `recorded` wrote."""
    found: dict[str, int] = {}
    for name in re.findall(r"^(\w+)\(", log.read_text(), re.MULTILINE):
        found[name] = found.get(name, 0) + 1
    return found
