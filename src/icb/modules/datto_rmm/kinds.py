"""Which billing types a Datto RMM device counts for.

The vendor does not say which texts a category may hold. The table below holds those that are
known; what it does not hold counts in the total and is named, so that a person can decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from icb.hub.ports import WrongSettings

TOTAL = "AllDevicesMetric"
COMPUTERS = "Desktop & Laptop"
NETWORK_OTHER = "Network Device (other)"
UNDETERMINED = "Unknown"
LEFT_OUT = "leave out"

NETWORK = {
    "router": "Network Device (Router)",
    "switch": "Network Device (Switch)",
    "ups": "Network Device (UPS)",
    "firewall": "Network Device (Firewall)",
    "ip phone": "Network Device (IP Phone)",
    "nas": "Network Device (NAS)",
    "network appliance": "Network Device (Network Appliance)",
    "san": "Network Device (SAN)",
}
DATTO = {
    "datto access point": "Datto Access Point",
    "datto managed power": "Datto Managed Power",
    "datto switch": "Datto Switch",
    "datto continuity": "Datto Continuity",
}
CATEGORIES = {
    "desktop": "Desktop",
    "laptop": "Laptop",
    "server": "Server",
    "printer": "Printer",
    "unknown": UNDETERMINED,
    "esxi host": "ESXi Host",
    **DATTO,
    "smartphone": LEFT_OUT,
    "tablet": LEFT_OUT,
}
NETWORK_CATEGORY = "network device"
CLASSES = {"printer": "printer", "esxihost": "esxi host", "rmmnetworkdevice": NETWORK_CATEGORY}

BILLING_TYPES = (
    TOTAL,
    COMPUTERS,
    "Desktop",
    "Laptop",
    "Server",
    "Printer",
    UNDETERMINED,
    "ESXi Host",
    *NETWORK.values(),
    NETWORK_OTHER,
    *DATTO.values(),
)
_CHOICES = {name.casefold(): name for name in (*BILLING_TYPES[2:], LEFT_OUT)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a device is, and the billing types that speak of it.

    `left_out` says why devices of this kind are never counted; `unknown` is the vendor's word that
    the table does not hold.
    """

    billing_types: Sequence[str]
    left_out: str = ""
    unknown: str = ""


def kind_of(
    category: str, *, type: str, device_class: str, own: Mapping[str, str] | None = None
) -> Kind:
    """What a device of this category, type and class counts for.

    `own` is the account's own table (`own_categories`), which comes first. A device without a
    category is judged by its class.
    """
    word = _plain(category) or CLASSES.get(_plain(device_class), UNDETERMINED.lower())
    named = (own or {}).get(word)
    if named is None and word == NETWORK_CATEGORY:
        named = {**NETWORK, **DATTO}.get(_plain(type), NETWORK_OTHER)
    named = named or CATEGORIES.get(word)
    if named is None:
        return Kind(billing_types=(TOTAL,), unknown=category)
    if named == LEFT_OUT:
        return Kind(billing_types=(TOTAL,), left_out=word)
    computers = (COMPUTERS,) if named in ("Desktop", "Laptop") else ()
    return Kind(billing_types=(TOTAL, *computers, named))


def own_categories(text: str) -> dict[str, str]:
    """The account's own table: `Category = Billing type` or `= leave out`, apart by semicolons.

    Raises WrongSettings for what is no such pair, or for a billing type that does not exist.
    """
    table: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(";"))):
        category, sign, named = pair.partition("=")
        chosen = _CHOICES.get(named.strip().casefold())
        if not sign or not category.strip() or chosen is None:
            raise WrongSettings(
                f"categories: '{pair}' is not 'Category = Billing type'. Nothing was stored. "
                f"The billing types are {', '.join(_CHOICES.values())}."
            )
        table[_plain(category)] = chosen
    return table


def _plain(text: str) -> str:
    """One spelling for capitals, blanks, underlines and hyphens."""
    return re.sub(r"[\s_-]+", " ", text).strip().casefold()
