"""Processes of the tests' own, to be run at once, traced and killed."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
_START_SECONDS = 60.0
_ANSWER_SECONDS = 120.0
_CPU_CLOCK_OF_PROCESS = 2  # of the kernel's names for clocks


class JobFailed(Exception):
    """A job ended with an error; the message is the other process's traceback."""


class Child:
    """One forked process, ready to do one job."""

    def __init__(self, line: socket.socket, *, order: Mapping[str, Any]) -> None:
        self._line = line
        self._line.settimeout(_ANSWER_SECONDS)
        self._talk = line.makefile("rw")
        self._say(json.dumps(order))
        self.pid = int(self._hear()["pid"])

    def go(self) -> None:
        """Let it begin."""
        self._say("go")

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        os.kill(self.pid, signal.SIGKILL)

    def cpu_seconds(self) -> float:
        """How long it has been at work: unlike the time of day, hardly more on a busy machine."""
        return time.clock_gettime(~self.pid << 3 | _CPU_CLOCK_OF_PROCESS)

    def is_done(self, *, within: float) -> bool:
        """Wait so many seconds for it to tell its outcome; whether it has."""
        return bool(select.select([self._line], [], [], within)[0])

    def outcome(self) -> dict[str, Any]:
        """`result`, or `error` with its `trace`; empty where it was killed before it told."""
        answer = self._hear()
        if answer and self._hear():
            self._say("bye")
        self._talk.close()
        self._line.close()
        return answer

    def result(self) -> Any:
        """What the job gave. Raises JobFailed where it ended in any other way."""
        answer = self.outcome()
        if "result" not in answer:
            raise JobFailed(answer.get("trace", "the process was killed"))
        return answer["result"]

    def _say(self, words: str) -> None:
        self._talk.write(words + "\n")
        self._talk.flush()

    def _hear(self) -> dict[str, Any]:
        try:
            text = self._talk.readline()
        except ConnectionResetError:
            text = ""
        heard: dict[str, Any] = json.loads(text) if text.endswith("\n") else {}
        return heard


class Processes:
    """A server of processes (see `server`)."""

    def __init__(self, folder: Path) -> None:
        self._path = str(folder / "server")
        self._errors = (folder / "errors").open("w+")
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.server", self._path],
            cwd=ROOT,
            # A measured process would only be slower: it is killed, and reports nothing.
            env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
            stderr=self._errors,
        )
        self._wait()

    def child(self, url: str, job: str, **arguments: Any) -> Child:
        """A process with its database open, that waits to be let go."""
        line = socket.socket(socket.AF_UNIX)
        line.connect(self._path)
        return Child(line, order={"url": url, "job": job, "arguments": arguments})

    def run(self, url: str, job: str, **arguments: Any) -> Any:
        """Do one job to its end; what it gave."""
        child = self.child(url, job, **arguments)
        child.go()
        return child.result()

    def at_once(self, url: str, orders: Sequence[tuple[str, dict[str, Any]]]) -> list[Any]:
        """Do jobs at the same moment, all of them ready before the first begins; the outcomes."""
        children = [self.child(url, job, **arguments) for job, arguments in orders]
        for child in children:
            child.go()
        return [child.outcome() for child in children]

    def end(self) -> None:
        """End the server."""
        self._server.kill()
        self._server.wait()
        self._errors.close()

    def _wait(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while not Path(self._path).exists():
            if self._server.poll() is not None or time.monotonic() > until:
                self._server.kill()
                self._errors.seek(0)
                raise RuntimeError(f"the server of processes did not start: {self._errors.read()}")
            time.sleep(0.01)


@contextmanager
def processes(folder: Path) -> Iterator[Processes]:
    """A server of processes for the block."""
    made = Processes(folder)
    try:
        yield made
    finally:
        made.end()
