"""What can be done with the catalogue of services."""

from __future__ import annotations

from collections.abc import Sequence

from icb.contracts.inputs import NewService
from icb.contracts.models import Service
from icb.contracts.queries import services
from icb.contracts.terms import micro, price
from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.bulk import insert_rows, reserve_ids
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.transactions import transaction
from icb.kernel.checks import check_new_key, check_text
from icb.kernel.problems import Problems, unknown
from icb.organizations.queries import tax_rates

LOCK = "contracts"
"""Held by every action that adds or ends what another one's check looks at."""
_COLUMNS = ("id", "key", "name", "price", "cost", "tax_rate_id", "is_active")


def add_services(news: Sequence[NewService]) -> dict[str, int]:
    """Add services to the catalogue; their ids by key.

    Raises, for everything that is wrong at once, InvalidInput (a key missing, taken or given
    twice; a price or cost that is negative or not an exact number) and NotFound (tax rate).
    """
    with transaction(lock=LOCK):
        require(Permission.MANAGE_CONTRACTS)
        problems, rows = Problems(), []
        rates = {row.key: row.id for row in tax_rates()}
        taken = {row.key for row in services()}
        for new in news:
            at = f"service {new.key}"
            with problems.noting(at):
                check_new_key(new.key, taken=taken)
            with problems.noting(at):
                rows.append((new.key, *_values(new, rates)))
        problems.raise_if_any()
        ids = reserve_ids(Service, count=len(rows))
        insert_rows(
            Service,
            columns=_COLUMNS,
            rows=((id_, *row, True) for id_, row in zip(ids, rows, strict=True)),
        )
        if rows:
            record_added("add_services", keys=[row[0] for row in rows], rows=rows)
        return {row[0]: id_ for id_, row in zip(ids, rows, strict=True)}


def record_added(action: str, *, keys: Sequence[str], rows: Sequence[object]) -> None:
    """One audit event for all that was added: how many, and a digest of their values."""
    audit.record(
        action,
        subject=", ".join(keys[:20])[:200],
        data={"count": len(keys), "digest": digest(canonical_json(rows))},
    )


def _values(new: NewService, rates: dict[str, int]) -> tuple[str, int, int | None, int | None]:
    check_text(new.key, field="key", longest=120)
    check_text(new.name, field="name", longest=200, required=True)
    if new.tax and new.tax not in rates:
        raise unknown("tax rate", key=new.tax, known=rates)
    cost = None if new.cost is None else micro(new.cost, field="cost")
    return new.name, price(new.price), cost, rates.get(new.tax)
