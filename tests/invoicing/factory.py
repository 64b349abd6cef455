"""Posted items on contracts, made in the tables themselves: what invoicing begins with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.invoicing.items import WORKING

from icb.billing.models import BillingItem, ItemToInvoice, Posting
from icb.contracts.models import Contract, ContractService, Service
from icb.foundation.providers import FROM_EVER
from icb.organizations.models import Organization, TaxPercentage, TaxRate


@dataclass
class Books:
    """A provider's agreements, and items posted on them."""

    posting: Posting = field(init=False)
    services: dict[str, ContractService] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        self.posting = Posting.objects.create(
            posted_at=datetime(2026, 7, 1, 12, tzinfo=UTC),
            posted_on=date(2026, 7, 1),
            actor="olivia",
            item_count=0,
            with_estimates=True,
        )

    def organization(self, key: str, **values: Any) -> Organization:
        """An organization with one contract (`<key>-1`) of one service."""
        organization: Organization = Organization.objects.create(
            key=key, name=f"{key.title()} Ltd", **values
        )
        contract = Contract.objects.create(
            key=f"{key}-1",
            organization=organization,
            starts_on=date(2026, 1, 1),
            period="monthly",
            anchor="calendar",
            billing="in_arrears",
            currency="USD",
        )
        service, _ = Service.objects.get_or_create(
            key="agents", defaults={"name": "Managed workstation", "price": Decimal(12)}
        )
        self.services[key] = ContractService.objects.create(
            contract=contract, service=service, key="agents", pricing="per_unit"
        )
        return organization

    def tax(self, percent: Decimal | None) -> Any:
        """The tax of this percentage, everywhere and from ever; without one, none."""
        if percent is None:
            return None
        key = f"vat-{percent.normalize():f}"
        found, is_new = TaxRate.objects.get_or_create(
            key=key, defaults={"name": key, "category": "S" if percent else "Z"}
        )
        if is_new and percent:
            TaxPercentage.objects.create(
                tax_rate=found, from_day=FROM_EVER, part=1, percent=percent
            )
        return found

    def item(self, key: str, amount: str, **values: Any) -> BillingItem:
        """A posted item of this organization that waits for a document.

        `tax_percent` gives it a tax of that percentage.
        """
        self.count += 1
        if "tax_percent" in values:
            values["tax_rate"] = self.tax(values.pop("tax_percent"))
        of_service = self.services[key]
        fields: dict[str, Any] = {
            "id": self.count,
            "contract_id": of_service.contract_id,
            "contract_service": of_service,
            "organization_id": of_service.contract.organization_id,
            "period_start": date(2026, 6, 1),
            "period_end": date(2026, 7, 1),
            "line": "recurring",
            "effective_on": date(2026, 6, 1),
            "revision": self.count,
            "kind": "recurring",
            "units": Decimal(10),
            "unit_days": Decimal(300),
            "unit_price": Decimal(12),
            "days_in_period": 30,
            "estimated_days": 0,
            "currency": "USD",
            "amount": Decimal(amount),
            "billed_on": date(2026, 7, 1),
            "working": WORKING,
            "posting": self.posting,
        }
        item: BillingItem = BillingItem.objects.create(**(fields | values))
        ItemToInvoice.objects.create(item=item)
        return item
