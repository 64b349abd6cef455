"""What others have to wait while something is stored: they are asked again and again meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.db import connection, connections
from django.db.transaction import atomic

from icb.foundation.bulk import execute, fetch

_PAUSE_SECONDS = 0.01


class Probes:
    """For the block: one thread that wants to write, and one that reads a page's worth of rows."""

    def __init__(self) -> None:
        self.longest_write_wait = 0.0
        self.longest_read = 0.0
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._again_and_again, args=(work,), daemon=True)
            for work in (self._write, self._read)
        ]

    def __enter__(self) -> Probes:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _again_and_again(self, work: Callable[[], None]) -> None:
        try:
            while not self._is_over.wait(_PAUSE_SECONDS):
                work()
        finally:
            connections.close_all()

    def _write(self) -> None:
        began = time.perf_counter()
        with atomic():
            # On PostgreSQL nobody waits for a transaction as a whole, only for rows and locks.
            execute("UPDATE installation SET is_demo = is_demo WHERE id = 0")
        self.longest_write_wait = max(self.longest_write_wait, time.perf_counter() - began)

    def _read(self) -> None:
        connection.ensure_connection()
        began = time.perf_counter()
        fetch("SELECT id, external_id, name FROM module_organization ORDER BY id LIMIT 100")
        fetch("SELECT id, day, state, row_count FROM snapshot ORDER BY id DESC LIMIT 50")
        self.longest_read = max(self.longest_read, time.perf_counter() - began)
