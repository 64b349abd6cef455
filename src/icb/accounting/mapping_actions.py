"""Say what of ours is what of theirs. What was sent keeps what it was sent with."""

from __future__ import annotations

from collections.abc import Sequence

from icb.accounting.inputs import NewMapping
from icb.accounting.models import (
    MappingKind,
    Target,
    TargetMapping,
    Transfer,
    TransferState,
)
from icb.accounting.outbox import Happening, note
from icb.accounting.target_queries import mappings, target_named
from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.checks import check_choice, check_text
from icb.kernel.problems import Problems

_MAY_BE_EMPTY = (MappingKind.ITEMS, MappingKind.TAX_CODES)


def set_mappings(key: str, *, news: Sequence[NewMapping]) -> int:
    """Map things at a target, or take mappings away; how many changed.

    Documents that were refused because something was not mapped wait again and go by themselves.
    Raises InvalidInput for everything that is wrong at once; then nothing is stored.
    """
    with transaction(lock="accounting"):
        require(Permission.TRANSFER)
        row = target_named(key)
        problems = Problems()
        for new in news:
            with problems.noting(f"{new.kind} {new.ours}".strip()):
                _check(new)
        problems.raise_if_any()
        before = {(one.kind, one.ours): one.theirs for one in mappings(key)}
        changed = [new for new in news if before.get((new.kind, new.ours), "") != new.theirs]
        if not changed:
            return 0
        _store(row, changed)
        _wake(row)
        audit.record(
            "map_accounting",
            subject=key,
            data={
                "changes": [
                    [new.kind, new.ours, before.get((new.kind, new.ours), ""), new.theirs]
                    for new in changed[:500]
                ],
                "count": len(changed),
            },
        )
        return len(changed)


def _store(row: Target, changed: Sequence[NewMapping]) -> None:
    """In bulk: those with a target are written or replaced, the others removed."""
    kept = [new for new in changed if new.theirs]
    for kind in MappingKind.values:
        gone = [new.ours for new in changed if new.kind == kind and not new.theirs]
        TargetMapping.objects.filter(target=row, kind=kind, ours__in=gone).delete()
    TargetMapping.objects.bulk_create(
        [
            TargetMapping(
                target=row, kind=new.kind, ours=new.ours, theirs=new.theirs, name=new.name[:300]
            )
            for new in kept
        ],
        update_conflicts=True,
        unique_fields=["target", "kind", "ours"],
        update_fields=["theirs", "name"],
        batch_size=100,
    )


def _wake(row: Target) -> None:
    stuck = Transfer.objects.filter(target=row, state=TransferState.REFUSED, code="mapping")
    ids = list(stuck.values_list("pk", flat=True))
    if ids:
        stuck.update(state=TransferState.WAITING, code="", message="", due_at=clock.now())
        note(Happening(id, TransferState.WAITING, "A mapping was made.") for id in ids)


def _check(new: NewMapping) -> None:
    check_choice(new.kind, field="kind", allowed=MappingKind.values)
    check_text(new.ours, field="ours", longest=120, required=new.kind not in _MAY_BE_EMPTY)
    check_text(new.theirs, field="theirs", longest=200)
