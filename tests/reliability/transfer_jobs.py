"""What the started processes do about transfers: a worker's turn, against a fake application."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.accounting.fake import FakeTarget
from tests.invoicing.factory import Books

from icb.accounting.inputs import NewMapping, NewTarget
from icb.accounting.mapping_actions import set_mappings
from icb.accounting.models import Transfer
from icb.accounting.registry import registered
from icb.accounting.target_actions import connect_target
from icb.accounting.transferring import run_transfer
from icb.accounting.verify import accounting_problems
from icb.invoicing.actions import issue_documents
from icb.kernel import clock
from icb.operations.worker import Worker

# Items of the story before have lower numbers.
_FIRST_ITEM = 1_000_000


def queue_transfers(*, address: str, count: int) -> list[str]:
    """Connect the fake and issue so many invoices, each to a client of its own; their numbers."""
    with registered(FakeTarget()):
        connect_target(NewTarget(key="fake", kind="fake", settings={"address": address}))
        clients = [f"client{number}" for number in range(count)]
        mapped = [NewMapping(kind="customers", ours=key, theirs=f"C-{key}") for key in clients]
        set_mappings("fake", news=[*mapped, NewMapping(kind="items", ours="", theirs="I1")])
        books = Books()
        books.count = _FIRST_ITEM
        for place, key in enumerate(clients):
            books.organization(key)
            books.item(key, f"{place + 1}.37", tax_percent=Decimal(20))
        return [one.number for one in issue_documents()]


def transfer_turn(*, at: str) -> int:
    """A worker's turn at an instant: look what is due, and do all of it; how many jobs."""
    with clock.frozen(datetime.fromisoformat(at)), registered(FakeTarget()):
        worker = Worker(by_kind={"transfer": run_transfer})
        worker.tick()
        return worker.work_off()


def look_at_transfers() -> dict[str, Any]:
    """How the transfers stand, and what `icb verify` says of them."""
    rows = Transfer.objects.order_by("document_id").values_list("document__number", "state")
    return {"states": dict(rows), "problems": accounting_problems()}


TRANSFER_JOBS: dict[str, Callable[..., Any]] = {
    "queue_transfers": queue_transfers,
    "transfer_turn": transfer_turn,
    "look_at_transfers": look_at_transfers,
}
