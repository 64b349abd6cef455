"""What can be done with the catalogue of services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from icb.contracts.inputs import NewService
from icb.contracts.models import Service
from icb.contracts.queries import service_named, services
from icb.contracts.terms import micro, price
from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.bulk import execute, insert_rows, reserve_ids
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.transactions import transaction
from icb.foundation.versions import check_version, version_of
from icb.kernel.checks import check_choice, check_new_key, check_text
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


def change_service(service: str, *, changes: Mapping[str, Any], seen: str = "") -> None:
    """Change name, price, cost or tax of a service, named as in NewService; the key stays.

    Contracts keep the price they were given; another tax rate holds for all that is not posted.
    `seen` is the version of the row that the change was typed over. Raises NotFound, InvalidInput,
    and Refused where somebody else changed the service since.
    """
    with transaction(lock=LOCK):
        require(Permission.MANAGE_CONTRACTS)
        row = service_named(service)
        check_version(seen, version=version_of(row), subject=f"service {row.key}")
        before = NewService(row.key, row.name, row.price, row.cost, row.tax)
        for name in changes:
            check_choice(name, field="field", allowed=("name", "price", "cost", "tax"))
        after = replace(before, **changes)
        rates = {rate.key: rate.id for rate in tax_rates()}
        values = _values(after, rates)
        if values == _values(before, rates):
            return
        execute(
            "UPDATE service SET name = %s, price = %s, cost = %s, tax_rate_id = %s WHERE id = %s",
            [*values, row.id],
        )
        audit.record(
            "change_service",
            subject=f"service {row.key}",
            data={"before": _told(before), "after": _told(after)},
        )


def retire_service(service: str) -> None:
    """Let no contract take a service any more; those that have it keep it. Raises NotFound."""
    _offer(service, is_active=False, action="retire_service")


def restore_service(service: str) -> None:
    """Offer a retired service again. Raises NotFound."""
    _offer(service, is_active=True, action="restore_service")


def _offer(service: str, *, is_active: bool, action: str) -> None:
    with transaction(lock=LOCK):
        require(Permission.MANAGE_CONTRACTS)
        row = service_named(service)
        if row.is_active is is_active:
            return
        Service.objects.filter(pk=row.id).update(is_active=is_active)
        audit.record(action, subject=f"service {row.key}", data={"is_active": is_active})


def _told(new: NewService) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(new).items() if value is not None}


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
