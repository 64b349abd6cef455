"""What the actions of this app take."""

from __future__ import annotations

from dataclasses import dataclass

from icb.foundation.models import Role as Role


@dataclass(frozen=True)
class NewProvider:
    """A provider to be: its key, what stands on its documents, its currency and its days.

    `owner` is the user name of its first owner, who is added where there is no such user yet;
    without one only the program itself can act for the provider.
    """

    key: str
    name: str
    currency: str
    timezone: str = "UTC"
    legal_name: str = ""
    address: str = ""
    tax_number: str = ""
    email: str = ""
    payment_terms: str = ""
    owner: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""  # two letters
    phone: str = ""
    electronic_address: str = ""
    electronic_scheme: str = ""
    account_holder: str = ""
    iban: str = ""
    bic: str = ""
    bank_name: str = ""
    payment_days: str = ""  # until an invoice is due; blank: 14
    language: str = ""  # of documents; blank: English
    tax_day: str = ""  # issue or supply: which decides what a tax comes to; blank: issue


@dataclass(frozen=True)
class NewUser:
    """A person or program that is to act for the provider in scope, in one role."""

    username: str
    role: Role | str
    name: str = ""
    email: str = ""
