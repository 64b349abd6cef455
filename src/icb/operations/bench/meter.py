"""Watches the statements of a block: how many there are, and how long those that write take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
from django.db import connections

_WRITING = ("INSERT", "UPDATE", "DELETE")


class Meter:
    """Statements, commits and the seconds spent in writing while a `watching` block runs.

    Writing is every INSERT, UPDATE, DELETE and COPY, with the triggers and checks that they set
    off, and every commit. Reading and computing are not.
    """

    def __init__(self) -> None:
        self.queries = 0
        self.commits = 0
        self.writing = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the block; several blocks add up."""
        connection = connections["default"]
        with ExitStack() as stack:
            stack.enter_context(connection.execute_wrapper(self._statement))
            stack.enter_context(_replaced(connection, "commit", by=self._commit))
            stack.enter_context(_replaced(psycopg.Cursor, "copy", by=self._copy))
            yield

    def _statement(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self.queries += 1
        if not sql.lstrip().startswith(_WRITING):
            return execute(sql, *rest)
        with self._timed():
            return execute(sql, *rest)

    def _commit(self, commit: Callable[..., None]) -> Callable[..., None]:
        def timed() -> None:
            self.commits += 1
            with self._timed():
                commit()

        return timed

    def _copy(self, copy: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        def timed(cursor: Any, *rest: Any) -> Iterator[Any]:
            self.queries += 1
            with self._timed(), copy(cursor, *rest) as copying:
                yield copying

        return timed

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.writing += time.perf_counter() - began


@contextmanager
def _replaced(
    target: object, name: str, *, by: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> Iterator[None]:
    """Let `target` answer to `name` with what `by` makes of the method it has."""
    own = vars(target).get(name)
    setattr(target, name, by(getattr(target, name)))
    try:
        yield
    finally:
        if own is None:
            delattr(target, name)
        else:
            setattr(target, name, own)
