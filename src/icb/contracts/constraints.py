"""What the database itself holds about contracts (see foundation/guards.py)."""

from __future__ import annotations

from icb.foundation.guard_kinds import frozen_columns, insert_only

GUARDS = [
    frozen_columns(
        "contract",
        columns=["id", "provider_id", "key", "organization_id"],
        says="a contract keeps its key and its organization",
    ),
    insert_only("contract_price", says="a price is not changed; add one from a day on"),
    insert_only("contract_units", says="typed units are not changed; add some from a day on"),
    insert_only("contract_unit_changes", says="a policy is not changed; add one from a day on"),
]
