"""Ask a vendor in a thread of its own, so that one that hangs can be left behind.

The thread knows no database: whatever it still does after it was left, it can store nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from icb.hub.ports import Adapter, Description, Http, SyncProblem
from icb.operations.syncing.advice import ADAPTER_ERROR, TOOK_TOO_LONG

TOTAL_SECONDS = 3600
_POLL_SECONDS = 0.05

Tell = Callable[[str], None]
Found = TypeVar("Found")


class SyncHttp(Http, Protocol):
    """The Http of one sync: it counts its requests, and is closed afterwards."""

    @property
    def requests(self) -> int: ...

    def close(self) -> None: ...


class Connect(Protocol):
    """Opens the Http of a session; `open_http` is the usual one."""

    def __call__(self, description: Description, *, settings: Mapping[str, str]) -> SyncHttp: ...


class TookTooLong(SyncProblem):
    """The vendor did not come to an end within the time of one sync."""

    code = TOOK_TOO_LONG
    is_passing = True


class AdapterFailed(SyncProblem):
    """The adapter raised something that is no SyncProblem: a fault of its own."""

    code = ADAPTER_ERROR
    is_passing = True


class Left(Exception):
    """A person cancelled, or the program stops: the answer is not waited for."""


class Fetch(Generic[Found]):
    """One question to a vendor, such as for a day's snapshot: `question` puts it."""

    def __init__(self, adapter: Adapter, *, question: Callable[[], Found]) -> None:
        self._adapter = adapter
        self._question = question
        self._found: list[Found] = []
        self._problem: SyncProblem | None = None
        self._thread = threading.Thread(
            target=self._ask, name=f"fetch {adapter.description.key}", daemon=True
        )

    def answer(
        self, *, seconds: float, is_left: Callable[[], bool], meanwhile: Callable[[], None]
    ) -> Found:
        """The answer, or the SyncProblem that it became; Left where `is_left` says so.

        `meanwhile` is called in this thread, again and again, while the vendor is awaited.
        """
        until = time.monotonic() + seconds
        self._thread.start()
        while self._thread.is_alive():
            self._thread.join(_POLL_SECONDS)
            meanwhile()
            if is_left():
                raise Left
            if time.monotonic() > until:
                raise TookTooLong(
                    f"The vendor did not come to an end within {seconds:,.0f} seconds. Nothing "
                    "was stored."
                )
        if self._found:
            return self._found[0]
        raise self._problem or AdapterFailed("The adapter gave no answer. Nothing was stored.")

    def _ask(self) -> None:
        try:
            self._found.append(self._question())
        except SyncProblem as problem:
            self._problem = problem
        except Exception as error:
            self._problem = adapter_failed(self._adapter, error=error)


def adapter_failed(adapter: Adapter, *, error: Exception) -> AdapterFailed:
    """The problem for an error that is none of the port's.

    Only its kind is told: its words may hold what the vendor sent, or a secret.
    """
    return AdapterFailed(
        f"The adapter {adapter.description.key} ended with {type(error).__name__}{_place(error)}. "
        "Nothing was stored."
    )


class Words:
    """The last words of an adapter, handed from its thread to the one that may write them down."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._newest = ""
        self._told = ""
        self._told_at = 0.0

    def say(self, words: str) -> None:
        """Take a few words; for the adapter's thread."""
        self._newest = words[:200]

    def pass_on(self) -> None:
        """Tell what was said since the last time, at most once in a second."""
        words, now = self._newest, time.monotonic()
        if words != self._told and now - self._told_at >= 1:
            self._told, self._told_at = words, now
            self._tell(words)


def close_quietly(http: SyncHttp) -> None:
    """Close what may be in use by a thread that was left behind."""
    with suppress(Exception):
        http.close()


def _place(error: Exception) -> str:
    """Where in the adapter it happened: file and line."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    name = trace.tb_frame.f_code.co_filename.rsplit("/", 1)[-1]
    return f" at {name}:{trace.tb_lineno}"
