"""Let the garbage collector rest where a great many objects are made that all live on."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """No search for cycles inside the block; what is no longer used still goes at once.

    A book is tens of thousands of small objects without a cycle. Searched again each time that
    their number has grown, they cost more than reading them from the database.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
