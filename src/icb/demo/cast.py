"""Who plays in the demo: the clients of a provider, what it sells them and what counts for it.

All names are made up. Prices and sizes are of the kind that a provider of this size has.
"""

from __future__ import annotations

from typing import NamedTuple

OWNER = "demo"
ZONE = "America/New_York"
"""The user who sets the provider up, and in whose name everything is done."""


class Client(NamedTuple):
    """An organization: how many people it has, and what is special about its agreement."""

    key: str
    name: str
    people: int
    currency: str = "USD"
    tax: str = "sales"
    billing: str = "in_arrears"
    period: str = "monthly"
    anchor: str = "calendar"
    discount: str = "0"
    sites: int = 1
    joins_in_month: int = 0
    leaves_in_month: int = 99
    place: tuple[str, str, str, str] = ("04101", "Portland", "ME", "US")
    """Postal code, city, region and country."""
    language: str = ""
    tax_number: str = ""
    order: str = ""  # of its own, which it wants to find on invoices
    location: str = ""  # its number (GLN) in networks of electronic invoices


CLIENTS = (
    Client("alder-dental", "Alder Dental Group", 34, sites=2),
    Client("brightwater", "Brightwater Accounting", 22, billing="in_advance"),
    Client("calloway-law", "Calloway & Finch LLP", 48, discount="10"),
    Client("drift-coffee", "Drift Coffee Roasters", 12),
    Client("eastgate-clinic", "Eastgate Family Clinic", 61, sites=2),
    Client("ferrous-works", "Ferrous Metal Works", 85),
    Client("gullwing-air", "Gullwing Air Charter", 27, billing="in_advance"),
    Client("harrow-school", "Harrow Hill School", 140, tax="exempt"),
    Client("ironbark", "Ironbark Timber", 31),
    Client("juniper-hotel", "Juniper Hotel", 44, period="quarterly"),
    Client("kestrel-survey", "Kestrel Surveyors", 16, anchor="anniversary"),
    Client(
        "lumen-optics",
        "Lumen Optics BV",
        38,
        currency="EUR",
        tax="abroad",
        place=("1071 CZ", "Amsterdam", "", "NL"),
        language="nl",
        order="PO-77120",
        location="8712345000004",
    ),
    Client("marlow-estates", "Marlow Estates", 19, billing="in_advance"),
    Client("nettle-foods", "Nettle Foods", 73, sites=3),
    Client(
        "orchid-kk",
        "Orchid Design KK",
        21,
        currency="JPY",
        tax="abroad",
        place=("150-0001", "Shibuya-ku", "Tokyo", "JP"),
    ),
    Client("pinecrest-vet", "Pinecrest Veterinary", 14),
    Client("quillon-press", "Quillon Press", 29, leaves_in_month=9),
    Client("rowan-freight", "Rowan Freight", 66),
    Client("sable-studio", "Sable Studio", 9, discount="5"),
    Client(
        "tidewater",
        "Tidewater Marine GmbH",
        41,
        currency="EUR",
        tax="abroad",
        place=("20457", "Hamburg", "", "DE"),
        language="de",
        order="4500018832",
        location="4012345000009",
    ),
    Client("umber-arch", "Umber Architects", 24, joins_in_month=4),
    Client("vesper-radio", "Vesper Radio", 18),
    Client("willowbrook", "Willowbrook Care Home", 52),
    Client("yarrow-farm", "Yarrow Farm Supplies", 11, joins_in_month=7),
)

TAXES = (
    ("sales", "Sales tax", "8.25", "S", ""),
    ("abroad", "Supplied abroad", "0", "O", "Services to clients abroad are not taxed here"),
)


class Offer(NamedTuple):
    """A service and what drives it: a module's billing type, or units typed on the contract."""

    key: str
    name: str
    price: str
    cost: str
    price_eur: str
    price_jpy: str
    module: str = ""
    billing_type: str = ""
    unit_changes: str = "prorate_daily"
    per_hundred: int = 100  # people


OFFERS = (
    Offer(
        "workstation",
        "Managed workstation",
        "14.50",
        "4.10",
        "13.20",
        "2150",
        "rmm",
        "Desktop & Laptop",
    ),
    Offer(
        "server",
        "Managed server",
        "58.00",
        "16.00",
        "52.50",
        "8700",
        "rmm",
        "Server",
        "adjust_at_period_end",
        6,
    ),
    Offer(
        "endpoint-security",
        "Endpoint detection and response",
        "6.25",
        "2.95",
        "5.80",
        "930",
        "security",
        "agents",
        "peak",
    ),
    Offer(
        "mail-backup",
        "Mailbox backup",
        "3.40",
        "1.55",
        "3.10",
        "510",
        "backup",
        "users",
    ),
    Offer(
        "offsite-storage",
        "Off-site storage, GB",
        "0.085",
        "0.031",
        "0.078",
        "13",
        "backup",
        "storage_gb",
        "adjust_at_period_end",
        2200,
    ),
    Offer(
        "awareness",
        "Security awareness training",
        "39.00",
        "12.00",
        "36.00",
        "5800",
        "training",
        "enabled",
    ),
    Offer("helpdesk", "Help desk, flat", "240.00", "", "220.00", "36000"),
)


class Type(NamedTuple):
    """A billing type of a module."""

    key: str
    name: str
    unit: str
    value: str = "whole"
    shape: str = "gauge"
    merge: str = "sum"


class Vendor(NamedTuple):
    """A module whose counts are asked for: its adapter, and the types of it that the demo counts.

    `ignored`: types that say the same a second time, or that nobody is billed for.
    """

    adapter: str
    name: str
    types: tuple[str, ...]
    ignored: tuple[str, ...] = ()


VENDORS: dict[str, Vendor] = {
    "rmm": Vendor(
        "datto_rmm",
        "Datto RMM",
        ("Desktop & Laptop", "Server", "Printer"),
        ("AllDevicesMetric", "Desktop", "Laptop", "Printer"),
    ),
    "security": Vendor("huntress", "Huntress", ("agents",)),
}

FILES: dict[str, tuple[str, tuple[Type, ...]]] = {
    "backup": (
        "Cloud backup",
        (
            Type("users", "Protected users", "user"),
            Type("storage_gb", "Storage", "GB", "decimal", "gauge_storage"),
        ),
    ),
    "training": (
        "Awareness training",
        (Type("enabled", "Is enabled", "organization", "boolean", "boolean", "or"),),
    ),
}
"""Modules whose counts come as files, all through the year."""

TYPES: dict[str, tuple[str, ...]] = {
    **{key: vendor.types for key, vendor in VENDORS.items()},
    **{key: tuple(entry.key for entry in types) for key, (_, types) in FILES.items()},
}
"""What the demo counts, by module."""
