"""Transactions, and the locks that make two runs at once take turns.

A lock belongs to the provider in scope and is held to the end of the transaction. On SQLite the
transaction itself is the lock: it begins as the only writer. An action that needs several takes
them in this order, so that no two wait for each other: `billing` (bill, post, un-post, issue, void,
credit, the chart and periods of accounting, transfers), `mapping`, `hub:<connection id>`,
`payments` (record, allocate, reverse; issue and void take it too), and `audit` for the event at the
end. The others are held with none of these but `audit`: `organizations`, `users`, `delivery`,
`accounting` (settings of targets), `follow` (the daily chain), `insights`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection
from django.db.transaction import atomic

from icb.foundation.canonical import digest
from icb.foundation.scope import provider_id
from icb.kernel.errors import Refused


@contextmanager
def transaction(*, lock: str | None = None) -> Iterator[None]:
    """All or nothing: whatever the block writes is stored together, or not at all.

    Blocks nest; an inner one that fails takes back what it wrote. Raises Refused where another
    process is writing for longer than is waited.
    """
    try:
        with atomic():
            if lock is not None:
                hold(lock)
            yield
    except OperationalError as error:
        if "database is locked" not in str(error):
            raise
        raise Refused(
            "database_busy",
            "Another command is writing to this database. Nothing was stored. Try again when it "
            "has ended.",
        ) from error


def hold(lock: str) -> None:
    """Wait for the provider's lock of that name; it is let go when the transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_number(lock)])


def lock_number(lock: str) -> int:
    """The signed 64-bit number that stands for a lock of the provider in scope."""
    sealed = digest(f"icb:{provider_id()}:{lock}")
    return int.from_bytes(bytes.fromhex(sealed[:16]), "big", signed=True)
