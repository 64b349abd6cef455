"""What the actions of this app take."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class NewTaxRate:
    """A tax percentage to be; its name is its key unless given."""

    key: str
    percent: Decimal | str | int
    name: str = ""


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
