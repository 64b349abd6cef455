"""Reads of addresses that servers reported as not taking mail."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from icb.delivery.models import Bounce
from icb.foundation.bulk import fetch
from icb.foundation.listing import Asked, Page, Wanted, page_of
from icb.foundation.scope import provider_id

_ASKED = {
    "address": Asked("address", is_searched=True),
    "status": Asked("status"),
    "reason": Asked("reason", is_searched=True),
    "number": Asked("delivery__document__number", is_searched=True),
}


class BounceRow(NamedTuple):
    """A report that an address does not take mail, of which message, where that is known."""

    id: int
    address: str
    status: str
    reason: str
    number: str
    recorded_at: datetime
    actor: str


def bounce_page(wanted: Wanted) -> Page[BounceRow]:
    """One page of the reports that nobody cleared, the newest first."""
    return page_of(
        Bounce.objects.filter(cleared_at=None).order_by("-pk"),
        wanted=wanted,
        columns=_ASKED,
        fields=(
            "pk",
            "address",
            "status",
            "reason",
            "delivery__document__number",
            "recorded_at",
            "actor",
        ),
        make=lambda row: BounceRow._make((*row[:4], row[4] or "", *row[5:])),
    )


def bouncing(addresses: Collection[str]) -> dict[str, str]:
    """Of these addresses, those that are known not to take mail, each with the newest reason."""
    wanted = {address.lower() for address in addresses}
    rows = Bounce.objects.filter(address__in=wanted, cleared_at=None).order_by("pk")
    return {
        address: reason if status in reason else f"{status} {reason}".strip()
        for address, status, reason in rows.values_list("address", "status", "reason")
    }


def known_addresses(addresses: Collection[str]) -> set[str]:
    """Of these addresses, those that an organization or recipient of the provider has."""
    wanted = sorted({address.lower() for address in addresses})
    if not wanted:
        return set()
    places = ", ".join(["%s"] * len(wanted))
    found = fetch(
        f"SELECT LOWER(address) FROM recipient WHERE provider_id = %s AND LOWER(address) "
        f"IN ({places}) UNION SELECT LOWER(email) FROM organization WHERE provider_id = %s "
        f"AND LOWER(email) IN ({places})",
        [provider_id(), *wanted, provider_id(), *wanted],
    )
    return {row[0] for row in found}
