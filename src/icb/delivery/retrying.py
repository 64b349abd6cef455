"""When a message that a server did not take for now is tried again."""

from __future__ import annotations

from datetime import timedelta

PAUSES = (
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
)
"""After the first try, the second, and so on; then it is given up."""

SERVER_PAUSE = timedelta(minutes=15)
"""Before a mail server that does not answer, or refuses the line, is asked again."""


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many tries; None where it is given up."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def is_last(attempt: int) -> bool:
    """Whether nothing comes after the try of this number."""
    return pause_after(attempt) is None
