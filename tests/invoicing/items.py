"""Items as consolidation sees them, without a database."""

from __future__ import annotations

from datetime import date
from typing import Any

from icb.invoicing.consolidate import PostedItem

WORKING = (
    '{"billing":"in_arrears","days_in_period":30,"price":12000000,"pricing":"per_unit",'
    '"rule":"manual"}'
)


def posted(item_id: int, amount: int, **changes: Any) -> PostedItem:
    """An item as consolidation sees it, for the pure tests."""
    item = PostedItem(
        item_id=item_id,
        bill_to=1,
        currency="USD",
        period_start=date(2026, 6, 1),
        period_end=date(2026, 7, 1),
        contract_id=1,
        contract_service_id=1,
        kind="recurring",
        effective_on=date(2026, 6, 1),
        amount=amount,
        tax=None,
        units=10_000_000,
        unit_days=300_000_000,
        unit_price=12_000_000,
        days_in_period=30,
        estimated_days=0,
        organization_id=1,
        contract="acme-1",
        contract_name="",
        service="agents",
        service_name="Managed workstation",
        reason="",
        working=WORKING,
        attempt=1,
    )
    return item._replace(**changes)
