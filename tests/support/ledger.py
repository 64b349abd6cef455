"""Rows of every kind, made without the actions: what guards are tried on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from icb.billing.models import BillingItem, DraftItem, Posting
from icb.contracts.models import (
    Contract,
    ContractPrice,
    ContractService,
    ContractUnitChanges,
    ContractUnits,
    Service,
)
from icb.hub.models import (
    BillingType,
    Count,
    CountKey,
    ModuleConnection,
    ModuleOrganization,
    Snapshot,
)
from icb.invoicing.models import (
    Document,
    DocumentLine,
    DocumentTax,
    NumberSeries,
    Rendering,
)
from icb.organizations.models import Organization

AT = datetime(2026, 2, 1, 9, tzinfo=UTC)
DAY = date(2026, 1, 1)


@dataclass
class Agreement:
    """One organization with one contract of two services."""

    organization: Organization
    contract: Contract
    first: ContractService
    second: ContractService


@dataclass
class Module:
    """One connection with one organization and one billing type, counted once."""

    connection: ModuleConnection
    organization: ModuleOrganization
    billing_type: BillingType
    snapshot: Snapshot
    count: Count


@dataclass
class Books:
    """One posted item on an issued invoice, and one that is on none."""

    agreement: Agreement
    posting: Posting
    issued: BillingItem
    waiting: BillingItem
    series: NumberSeries
    document: Document
    line: DocumentLine


def agreement(key: str = "acme") -> Agreement:
    """An organization of this key, with a contract of the same key."""
    organization = Organization.objects.create(key=key, name=key.title())
    contract = Contract.objects.create(
        key=key,
        organization=organization,
        starts_on=DAY,
        period="monthly",
        anchor="calendar",
        billing="in_arrears",
        currency="USD",
    )
    made = [
        ContractService.objects.create(
            contract=contract,
            service=Service.objects.create(key=f"{key}-{name}", name=name, price=5),
            key=name,
            pricing="per_unit",
        )
        for name in ("backup", "mail")
    ]
    entered = {"contract_service": made[0], "from_day": DAY, "recorded_at": AT, "recorded_by": "o"}
    ContractPrice.objects.create(unit_price=5, **entered)
    ContractUnits.objects.create(units=1, **entered)
    ContractUnitChanges.objects.create(unit_changes="peak", **entered)
    return Agreement(organization, contract, *made)


def module(key: str = "rmm") -> Module:
    """A connection of this key with one accepted count."""
    connection = ModuleConnection.objects.create(key=key, name=key, module=key)
    organization = ModuleOrganization.objects.create(
        connection=connection, external_id="17", name="Acme"
    )
    billing_type = BillingType.objects.create(connection=connection, key="device", name="Device")
    count_key = CountKey.objects.create(
        connection=connection, module_organization=organization, billing_type=billing_type
    )
    taken = snapshot(connection, state="accepted", revision=1)
    count = Count.objects.create(
        count_key=count_key, day=DAY, state="counted", value=7, snapshot=taken
    )
    return Module(connection, organization, billing_type, taken, count)


def snapshot(connection: ModuleConnection, *, state: str, revision: int) -> Snapshot:
    """An answer for the first day."""
    made: Snapshot = Snapshot.objects.create(
        connection=connection,
        day=DAY,
        state=state,
        is_complete=True,
        revision=revision,
        content_hash="0" * 64,
        row_count=1,
        received_at=AT,
    )
    return made


def item_values(
    agreed: Agreement, *, effective_on: date = DAY, revision: int = 1
) -> dict[str, Any]:
    """What a draft or item of the agreement's first service says."""
    return {
        "contract": agreed.contract,
        "contract_service": agreed.first,
        "organization": agreed.organization,
        "period_start": DAY,
        "period_end": date(2026, 2, 1),
        "line": "recurring",
        "effective_on": effective_on,
        "revision": revision,
        "kind": "recurring",
        "units": 7,
        "unit_days": 217,
        "unit_price": 5,
        "days_in_period": 31,
        "estimated_days": 0,
        "currency": "USD",
        "amount": 35,
        "billed_on": date(2026, 2, 1),
        "working": "{}",
    }


def draft(agreed: Agreement, **chosen: Any) -> DraftItem:
    """A draft of the agreement's first service."""
    made: DraftItem = DraftItem.objects.create(**item_values(agreed, **chosen))
    return made


def document(organization: Organization, *, sequence: int, kind: str = "invoice") -> Document:
    """A document of this sequence; its series is not moved on."""
    made: Document = Document.objects.create(
        kind=kind,
        sequence=sequence,
        number=f"{kind}-{sequence}",
        organization=organization,
        currency="USD",
        issued_on=date(2026, 2, 1),
        due_on=date(2026, 2, 1),
        issued_at=AT,
        actor="olivia",
        net=35,
        tax=7,
        total=42,
        data="{}",
        data_hash="0" * 64,
    )
    return made


def books() -> Books:
    """Two posted items, one of them on an invoice that is rendered."""
    agreed = agreement()
    posting = Posting.objects.create(
        posted_at=AT, posted_on=DAY, actor="olivia", item_count=2, with_estimates=False
    )
    issued, waiting = (
        BillingItem.objects.create(
            id=number, posting=posting, **item_values(agreed, effective_on=date(2026, 1, number))
        )
        for number in (1, 2)
    )
    series = NumberSeries.objects.create(kind="invoice", prefix="INV-")
    invoice = document(agreed.organization, sequence=1)
    NumberSeries.objects.filter(pk=series.pk).update(next_number=2)
    line = DocumentLine.objects.create(document=invoice, position=1, item=issued, amount=35, tax=7)
    DocumentTax.objects.create(document=invoice, part=1, category="S", percent=20, net=35, tax=7)
    Rendering.objects.create(
        document=invoice, renderer="t", sha256="0" * 64, size=1, path="a", rendered_at=AT
    )
    return Books(agreed, posting, issued, waiting, series, invoice, line)
