"""What the actions of this app take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class NewTaxRate:
    """A tax to be; its name is its key unless given.

    With a percentage it comes to that everywhere and from ever; others are added by region and
    day. Without a category it is of the standard one, or zero-rated where the percentage is 0.
    `reason` says on documents why no tax is charged.
    """

    key: str
    percent: Decimal | str | int | None = None
    name: str = ""
    category: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NewTaxPart:
    """One part of what a tax comes to, in per cent; compound: on the parts before it as well."""

    percent: Decimal | str | int
    name: str = ""
    is_compound: bool = False


@dataclass(frozen=True, slots=True)
class NewTaxPercentage:
    """What a tax is to come to in a region from a day on; without a day, from ever.

    Without a region it holds wherever the organization's own region has no percentage.
    """

    tax: str
    parts: Sequence[NewTaxPart]
    region: str = ""
    from_day: date | None = None


@dataclass(frozen=True, slots=True)
class NewTaxExemption:
    """Days on which an organization is not charged a tax, or without one any; both are covered."""

    organization: str
    reason: str
    starts_on: date
    ends_on: date | None = None
    tax: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class NewOrganization:
    """A client to be. Other organizations and the tax rate are named by their keys.

    Without a currency the provider's holds, without `bill_to` the organization gets its own bill.
    """

    key: str
    name: str
    currency: str = ""
    tax: str = ""
    tax_exempt: bool = False
    tax_region: str = ""  # whose percentages it is charged; blank: those of no region
    type: str = "customer"
    bill_to: str = ""
    parent: str = ""
    domain: str = ""
    address: str = ""
    tax_number: str = ""
    email: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""  # two letters
    language: str = ""  # of documents; blank: the provider's
    payment_days: str = ""  # until an invoice is due; blank: the provider's
    buyer_reference: str = ""
    purchase_order: str = ""
    electronic_address: str = ""
    electronic_scheme: str = ""
