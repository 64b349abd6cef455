"""Clients that are made at a target because nobody mapped them."""

from __future__ import annotations

from icb.accounting.models import MappingKind, Target, TargetMapping
from icb.accounting.ports import Customer, TargetSession
from icb.foundation import audit
from icb.foundation.canonical import digest
from icb.foundation.transactions import transaction

_KEY_LENGTH = 40


def create_customer(row: Target, *, customer: Customer, session: TargetSession) -> None:
    """Make the client at the target and map it. Made again, it is the same one there.

    Raises TargetError.
    """
    key = f"icb-{digest(f'{row.key}:{customer.key}:customer')[:_KEY_LENGTH]}"
    made = session.create_customer(customer, key=key)
    with transaction():
        TargetMapping.objects.get_or_create(
            target=row,
            kind=MappingKind.CUSTOMERS,
            ours=customer.key,
            defaults={"theirs": made.id, "name": made.name},
        )
        audit.record(
            "create_customer",
            subject=f"{row.key} {customer.key}",
            data={"theirs": made.id, "name": made.name},
        )
