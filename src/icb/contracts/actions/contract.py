"""What can be done with contracts: add them with their services, and end them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from icb.contracts.actions.catalogue import LOCK, record_added
from icb.contracts.actions.contract_service import ContractPlace, Drafting, sales, write_note
from icb.contracts.covers import Sold, check_days, cover
from icb.contracts.inputs import NewContract
from icb.contracts.marks import mark_contracts
from icb.contracts.models import Contract, ContractService
from icb.contracts.queries import ContractRow, contract_named
from icb.contracts.terms import amount
from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.bulk import fetch, insert_rows, reserve_ids
from icb.foundation.canonical import exact_text
from icb.foundation.fields import AMOUNT_SCALE
from icb.foundation.providers import current_provider
from icb.foundation.scope import provider_id
from icb.foundation.transactions import transaction
from icb.foundation.versions import check_version, version_of
from icb.kernel.checks import check_choice, check_new_key, check_text
from icb.kernel.currency import check_currency
from icb.kernel.days import ONE_DAY
from icb.kernel.period import Anchor, PeriodLength
from icb.kernel.problems import Problems, unknown
from icb.organizations.queries import OrganizationRow, organizations
from icb.rating.terms import Billing

_COLUMNS = (
    "id",
    "key",
    "name",
    "organization_id",
    "starts_on",
    "ends_on",
    "period",
    "anchor",
    "billing",
    "currency",
    "minimum_amount",
)


def add_contracts(news: Sequence[NewContract]) -> dict[str, int]:
    """Add contracts with their services, in this order; their ids by key.

    Raises, for everything that is wrong at once, NotFound (organization, service), InvalidInput
    (a key missing, taken or given twice; an end before the start; a number or word that cannot be;
    a service without a price in the contract's currency) and Refused (another contract sells the
    service to the organization on the same day, a peak in advance).
    """
    with transaction(lock=LOCK):
        require(Permission.MANAGE_CONTRACTS)
        problems = Problems()
        clients = {row.key: row for row in organizations()}
        taken = {
            row[0]
            for row in fetch("SELECT key FROM contract WHERE provider_id = %s", [provider_id()])
        }
        wanted = {new.organization for new in news}
        drafting = Drafting(problems, [row.id for row in clients.values() if row.key in wanted])
        ids, rows = reserve_ids(Contract, count=len(news)), []
        for id_, new in zip(ids, news, strict=True):
            with problems.noting(f"contract {new.key}"):
                check_new_key(new.key, taken=taken)
                row = _values(new, clients)
                rows.append((id_, *row))
                drafting.take(_place(id_, new, row), news=new.services, taken=set())
        problems.raise_if_any()
        insert_rows(Contract, columns=_COLUMNS, rows=rows)
        drafting.write()
        if rows:
            record_added(
                "add_contracts", keys=[new.key for new in news], rows=[rows, drafting.drafts]
            )
        return {new.key: id_ for id_, new in zip(ids, news, strict=True)}


def change_contract(contract: str, *, changes: Mapping[str, Any], seen: str = "") -> None:
    """Change the `name` or the `minimum_amount` of a contract; changing nothing writes nothing.

    A minimum counts for all of the contract's periods: what is posted is corrected by the next
    run. `seen` is the version of the row that the change was typed over. Raises NotFound,
    InvalidInput for another field or an amount that cannot be, and Refused where somebody else
    changed the contract since.
    """
    with transaction(lock=LOCK):
        require(Permission.MANAGE_CONTRACTS)
        row = contract_named(contract)
        check_version(seen, version=version_of(row), subject=row.key)
        for name in changes:
            check_choice(name, field="field", allowed=("name", "minimum_amount"))
        name = check_text(changes.get("name", row.name), field="name", longest=200)
        wanted = changes.get("minimum_amount", row.minimum_amount)
        stored = amount(wanted, currency=row.currency, field="minimum_amount")
        minimum = None if stored is None else Decimal(stored).scaleb(-AMOUNT_SCALE)
        if (name, minimum) == (row.name, row.minimum_amount):
            return
        Contract.objects.filter(pk=row.id).update(name=name, minimum_amount=minimum)
        if minimum != row.minimum_amount:
            mark_contracts([row.id], from_day=row.starts_on)
            write_note(row.id, text=_said_minimum(row, minimum))
        audit.record(
            "change_contract",
            subject=row.key,
            data={
                "before": {"name": row.name, "minimum_amount": row.minimum_amount},
                "after": {"name": name, "minimum_amount": minimum},
            },
        )


def end_contract(contract: str, *, ends_on: date, seen: str = "") -> None:
    """Give a contract its last day, or another one; earlier and later than before both.

    What is posted beyond it is corrected by the next run. `seen` as for `change_contract`. Raises
    NotFound, InvalidInput for a day before the start, and Refused where a later end would overlap
    another contract's service, or somebody else changed the contract since.
    """
    with transaction(lock=LOCK):
        require(Permission.MANAGE_CONTRACTS)
        row = contract_named(contract)
        check_version(seen, version=version_of(row), subject=row.key)
        check_days(row.starts_on, ends_on=ends_on)
        if row.ends_on == ends_on:
            return
        if row.ends_on is not None and ends_on > row.ends_on:
            _check_longer(row, ends_on)
        Contract.objects.filter(pk=row.id).update(ends_on=ends_on)
        mark_contracts([row.id], from_day=min(row.ends_on or ends_on, ends_on) + ONE_DAY)
        before = f"on {row.ends_on}" if row.ends_on else "open"
        write_note(row.id, text=f"Ends on {ends_on} (before: {before}).")
        audit.record(
            "end_contract", subject=row.key, data={"before": row.ends_on, "ends_on": ends_on}
        )


def _said_minimum(row: ContractRow, minimum: Decimal | None) -> str:
    def said(amount: Decimal | None) -> str:
        return "none" if amount is None else f"{exact_text(amount)} {row.currency}"

    return f"Minimum per period: {said(minimum)} (before: {said(row.minimum_amount)})."


def _check_longer(row: ContractRow, ends_on: date) -> None:
    known, problems = sales([row.organization_id]), Problems()
    sold = Sold(row.key, cover(row.starts_on, ends_on=ends_on))
    services = ContractService.objects.filter(contract_id=row.id).values_list(
        "service__key", flat=True
    )
    for service in sorted(set(services)):
        with problems.noting():
            known.check(row.organization, service=service, sold=sold)
    problems.raise_if_any()


def _values(new: NewContract, clients: Mapping[str, OrganizationRow]) -> tuple[Any, ...]:
    """The values of _COLUMNS without the id."""
    check_text(new.key, field="key", longest=120)
    check_text(new.name, field="name", longest=200)
    if new.organization not in clients:
        raise unknown("organization", key=new.organization, known=clients)
    check_days(new.starts_on, ends_on=new.ends_on)
    client = clients[new.organization]
    currency = check_currency(new.currency or client.currency or current_provider().currency)
    return (
        new.key,
        new.name,
        client.id,
        new.starts_on,
        new.ends_on,
        check_choice(new.period, field="period", allowed=PeriodLength),
        check_choice(new.anchor, field="anchor", allowed=Anchor),
        check_choice(new.billing, field="billing", allowed=Billing),
        currency,
        amount(new.minimum_amount, currency=currency, field="minimum_amount"),
    )


def _place(id_: int, new: NewContract, row: tuple[Any, ...]) -> ContractPlace:
    values = dict(zip(_COLUMNS[1:], row, strict=True))
    return ContractPlace(
        id_,
        new.key,
        new.organization,
        cover(new.starts_on, ends_on=new.ends_on),
        values["currency"],
        values["billing"],
    )
