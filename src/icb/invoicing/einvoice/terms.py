"""What EN 16931 calls an invoice: its business terms (BT) and groups (BG), as far as we fill them.

Amounts are in the currency's minor unit and have the sign that the syntaxes want: a credit note
(381) states what it takes back as positive amounts. Texts are clean: no letter in them is one that
XML cannot carry. A blank text is a term that is not stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from icb.kernel.money import Minor
from icb.kernel.quantity import Micro

INVOICE = "380"
CREDIT_NOTE = "381"


class Category(StrEnum):
    """How a sale stands to VAT (UNTDID 5305, the letters that EN 16931 takes from it)."""

    STANDARD = "S"
    ZERO_RATED = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    NOT_SUBJECT = "O"


class Period(NamedTuple):
    """Days from the first to the last, both counted (BG-14, BG-26)."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The seller (BG-4) or the buyer (BG-7)."""

    name: str  # BT-27, BT-44
    identifier: str  # BT-29, BT-46
    address: tuple[str, ...]  # at most three lines: BT-35, BT-36, BT-162
    city: str
    postal_code: str
    region: str
    country: str
    vat_id: str  # BT-31, BT-48
    tax_registration: str  # BT-32, the seller's alone
    endpoint: str  # BT-34, BT-49
    endpoint_scheme: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Where to pay by transfer (BG-16, BG-17)."""

    means: str  # BT-81
    iban: str
    bic: str
    holder: str
    reference: str  # BT-83


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line (BG-25): quantity x price / base quantity gives the net amount, rounded once."""

    position: int
    net: Minor  # BT-131
    quantity: Micro  # BT-129; carries the sign, the price never does
    unit: str  # BT-130, UN/ECE Recommendation 20
    price: Micro  # BT-146
    base_quantity: int  # BT-149
    name: str  # BT-153
    description: str  # BT-154
    seller_item: str  # BT-155
    category: str  # BT-151
    percent: Micro  # BT-152
    period: Period | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxGroup:
    """What is taxed alike (BG-23): one for each category and rate."""

    category: str
    percent: Micro
    net: Minor
    tax: Minor
    reason: str  # BT-120
    reason_code: str  # BT-121


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicInvoice:
    """An invoice or a credit note."""

    type_code: str
    number: str
    issued_on: date
    due_on: date
    currency: str
    note: str
    buyer_reference: str
    purchase_order: str
    credited: str  # BT-25
    credited_on: date | None  # BT-26
    seller: Party
    buyer: Party
    deliver_to: str  # BT-80, stated where goods or services cross a border untaxed
    period: Period | None
    payment: Payment | None
    payment_terms: str
    lines: tuple[Line, ...]
    taxes: tuple[TaxGroup, ...]
    net: Minor
    tax: Minor
    total: Minor

    @property
    def is_credit_note(self) -> bool:
        """Whether it takes back what an invoice asked for."""
        return self.type_code == CREDIT_NOTE
