"""A server of processes: everything is loaded once, then a process of its own costs milliseconds.

It is started by `processes.Processes`, listens on a socket and forks for every connection. The
child opens its own database, says that it is ready, waits to be let go, does its job and tells the
outcome. A child that is killed tells nothing: its end of the line is closed by the system.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

_PR_SET_PTRACER = 0x59616D61
_ANY_PROCESS = ctypes.c_ulong(-1)


def serve(path: str) -> None:
    """Listen at `path` until this process is ended; never returns."""
    from icb.config.setup import setup

    setup()
    from tests.reliability import jobs

    jobs.load_everything()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are cleared away by the system
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{path}.new")
    listener.listen(64)
    os.rename(f"{path}.new", path)  # there from the moment that it answers
    while True:
        line, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _child(line)
        line.close()


def _child(line: socket.socket) -> None:
    """Do what the line asks for, and end without any of the clearing up of a server."""
    try:
        with suppress(BrokenPipeError), line.makefile("rw") as talk:
            _work(talk)
    finally:
        os._exit(0)


def _work(talk: Any) -> None:
    from django.db import connection
    from tests.reliability import jobs

    order = json.loads(talk.readline())
    _let_be_traced()
    jobs.open_database(order["url"])
    _say(talk, {"pid": os.getpid()})
    if not talk.readline():
        return
    try:
        answer = {"result": jobs.run(order["job"], order["arguments"])}
    except Exception as error:
        answer = {"error": type(error).__name__, "trace": traceback.format_exc()}
    _say(talk, answer)
    connection.close()
    # Kept alive until the other side has heard, so that its id is nobody else's.
    _say(talk, {"closed": True})
    talk.readline()


def _say(talk: Any, words: dict[str, Any]) -> None:
    talk.write(json.dumps(words) + "\n")
    talk.flush()


def _let_be_traced() -> None:
    """Allow a process that is not this one's parent to trace it; some systems ask for that."""
    with suppress(OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANY_PROCESS, 0, 0, 0)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent.parent))
    serve(sys.argv[1])
