"""Whether the books are sound: every rule that must hold of what is stored. Reads only.

Everything is read as of one moment, so that work that goes on meanwhile is no finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from django.db import connection

from icb.accounting.verify import accounting_problems
from icb.billing.verify import ledger_problems, recompute_problems
from icb.delivery.verify import delivery_problems
from icb.foundation.audit import Seal, check_chain
from icb.foundation.guards import guard_differences
from icb.foundation.providers import current_provider, providers
from icb.foundation.scope import in_provider
from icb.hub.verify import count_problems
from icb.invoicing.verify import document_problems
from icb.mapping.verify import mapping_problems
from icb.operations.archive import unpack
from icb.operations.conservation import conservation_problems
from icb.payments.verify import payment_problems

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
    ("counts", count_problems),
    ("mappings", mapping_problems),
    ("items", ledger_problems),
    ("documents", document_problems),
    ("payments", payment_problems),
    ("accounting", accounting_problems),
    ("deliveries", delivery_problems),
    ("unit-days", conservation_problems),
)
_RECOMPUTE = ("recompute", recompute_problems)


def run(
    *, recompute: bool = False, anchors: Sequence[Seal] = (), progress: Progress | None = None
) -> list[Problem]:
    """What is wrong with the books of the provider in scope; empty where they are sound.

    `recompute` also computes every settled period again and compares it with what was billed.
    `anchors` are seals of the audit chain that were noted elsewhere (see `seals_of_backup`).
    `progress` is told how many of the checks are done.
    """
    audit: Check = partial(check_chain, anchors=anchors)
    checks = [("audit", audit), *_CHECKS]
    if recompute:
        checks.append(_RECOMPUTE)
    problems = []
    with one_moment():
        for done, (area, check) in enumerate(checks, start=1):
            problems += [Problem(area, message) for message in check()]
            if progress is not None:
                progress(done, len(checks))
    return problems


def seals_of_backup(path: Path) -> list[Seal]:
    """The seal of the provider in scope that a backup noted; empty where it has no such provider.

    Raises NotFound where there is no such file, and Refused where it is not whole.
    """
    with TemporaryDirectory(prefix="icb-backup-") as folder:
        noted = unpack(path, into=Path(folder))["providers"]
    key = current_provider().key
    return [Seal(**each["audit"]) for each in noted if each["key"] == key and each["audit"]]


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
