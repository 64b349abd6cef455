"""Whether the books are sound: every rule that must hold of what is stored. Reads only.

Everything is read as of one moment, so that work that goes on meanwhile is no finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection

from icb.billing.verify import ledger_problems, recompute_problems
from icb.foundation.audit import check_chain
from icb.foundation.guards import guard_differences
from icb.foundation.providers import providers
from icb.foundation.scope import in_provider
from icb.hub.verify import count_problems
from icb.invoicing.verify import document_problems
from icb.mapping.verify import mapping_problems
from icb.operations.conservation import conservation_problems

Progress = Callable[[int, int], None]
Check = Callable[[], list[str]]


class Problem(NamedTuple):
    """A rule that does not hold: in which part of the books, and what is wrong, in words."""

    area: str
    message: str

    def __str__(self) -> str:
        return f"{self.area}: {self.message}"


_CHECKS: tuple[tuple[str, Check], ...] = (
    ("guards", guard_differences),
    ("audit", check_chain),
    ("counts", count_problems),
    ("mappings", mapping_problems),
    ("items", ledger_problems),
    ("documents", document_problems),
    ("unit-days", conservation_problems),
)
_RECOMPUTE = ("recompute", recompute_problems)


def run(*, recompute: bool = False, progress: Progress | None = None) -> list[Problem]:
    """What is wrong with the books of the provider in scope; empty where they are sound.

    `recompute` also computes every settled period again and compares it with what was billed.
    `progress` is told how many of the checks are done.
    """
    checks = (*_CHECKS, _RECOMPUTE) if recompute else _CHECKS
    problems = []
    with one_moment():
        for done, (area, check) in enumerate(checks, start=1):
            problems += [Problem(area, message) for message in check()]
            if progress is not None:
                progress(done, len(checks))
    return problems


def run_for_all(*, recompute: bool = False) -> dict[str, list[Problem]]:
    """What is wrong with the books of each provider, by its key."""
    found = {}
    for provider in providers():
        with in_provider(provider.id):
            found[provider.key] = run(recompute=recompute)
    return found


@contextmanager
def one_moment() -> Iterator[None]:
    """Run the block on the database as it stands now; others go on writing, the block cannot.

    Inside a transaction that is open already, what that one sees is what is read.
    """
    if connection.in_atomic_block:
        yield
        return
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        if is_sqlite:
            cursor.execute("PRAGMA query_only = 1")
            cursor.execute("BEGIN DEFERRED")
        else:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")
            if is_sqlite:
                cursor.execute("PRAGMA query_only = 0")
