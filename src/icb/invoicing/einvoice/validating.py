"""Asking the validators, which stand in a process of their own that is kept warm.

The process is started with the first file, stopped with this one, and started again where it died,
hung or grew old. A file is asked about twice at most: who kills the validators twice is told so.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import queue
import subprocess
import sys
import threading
from typing import Any, Final, NamedTuple

from icb.invoicing.einvoice.problems import FATAL, WARNING, Problem
from icb.kernel.errors import Refused

SECONDS_TO_START: Final = 60
SECONDS_TO_ANSWER: Final = 30
FILES_PER_PROCESS: Final = 2000
"""Then a new one takes over, so that what the engine may hold on to is given back."""

_PROGRAM = [sys.executable, "-P", "-m", "icb.invoicing.einvoice.validator_program"]


class Verdict(NamedTuple):
    """What the validators said of a file, and which versions of them."""

    failed: list[Problem]
    versions: str


class _Silent(Exception):
    """The process ended or does not answer."""


class Validators:
    """A process with validators. Threads take turns; a forked process starts one of its own."""

    def __init__(self, program: list[str] | None = None) -> None:
        self._program = program or _PROGRAM
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()
        self._versions = ""
        self._owner = 0
        self._asked = 0

    def check(self, content: bytes, *, format: str) -> Verdict:
        """Which rules of schema and Schematron a file breaks (`problems` without our words).

        Raises Refused with `no_validator` where the validators cannot be asked.
        """
        request = json.dumps({"format": format, "xml": base64.b64encode(content).decode()})
        with self._lock:
            for _ in range(2):
                try:
                    answer = self._ask(request)
                except _Silent:
                    self._end()
                else:
                    return Verdict([_problem(one) for one in answer["failed"]], self._versions)
        raise Refused(
            "no_validator",
            "The validators of e-invoices ended without an answer, twice. The document is safe and "
            "counts as not checked. Check it again; if that stays so, look into the log of the "
            "server.",
        )

    def close(self) -> None:
        """End the process, if there is one of ours."""
        with self._lock:
            self._end()

    def _ask(self, request: str) -> dict[str, Any]:
        process = self._running()
        if process.stdin is None:
            raise _Silent
        try:
            process.stdin.write(request + "\n")
            process.stdin.flush()
        except OSError as error:
            raise _Silent from error
        self._asked += 1
        return self._answer(SECONDS_TO_ANSWER)

    def _running(self) -> subprocess.Popen[str]:
        if self._owner != os.getpid() or self._asked >= FILES_PER_PROCESS:
            self._end()
        if self._process is None:
            self._start()
        if self._process is None or self._process.poll() is not None:
            raise _Silent
        return self._process

    def _start(self) -> None:
        self._owner, self._asked = os.getpid(), 0
        self._answers = queue.Queue()
        self._process = subprocess.Popen(
            self._program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        reader = threading.Thread(
            target=_read, args=(self._process, self._answers), daemon=True, name="validators"
        )
        reader.start()
        self._versions = self._answer(SECONDS_TO_START)["versions"]

    def _answer(self, seconds: int) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty as error:
            raise _Silent from error
        if not line:
            raise _Silent
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _end(self) -> None:
        """Of a process that another one started only the handle is dropped."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                _close(pipe)


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:
        return  # what was written to a dead process can be flushed nowhere


def _read(process: subprocess.Popen[str], answers: queue.Queue[str]) -> None:
    """Hand on each line; a blank one says that the process ended."""
    if process.stdout is not None:
        for line in process.stdout:
            answers.put(line)
    answers.put("")


def _problem(stated: list[str]) -> Problem:
    rule, flag, place, text = stated
    severity = WARNING if flag in (WARNING, "information", "info") else FATAL
    return Problem(rule or "rule", severity, text, said=text, at=place)


_validators = Validators()
atexit.register(_validators.close)


def check_file(content: bytes, *, format: str) -> Verdict:
    """Which rules a file breaks, by the validators of this process (`Validators.check`)."""
    return _validators.check(content, format=format)
