"""The steps by which money comes, and is found not to have come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """Money that came: it settles an invoice, or what is due first."""

    organization: str
    received: Decimal
    received_on: date | None = None
    currency: str = ""
    invoice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverse:
    """A payment did not hold."""

    payment: str
    reason: str = "as the scenario says"
