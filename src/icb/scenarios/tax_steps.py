"""The steps that say what taxes come to, and who is exempt from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from icb.organizations.inputs import NewTaxPart


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTax:
    """What a tax comes to in a region from a day on: one percentage, or parts."""

    tax: str
    from_day: date | None = None
    region: str = ""
    percent: Decimal | None = None
    parts: tuple[NewTaxPart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempt:
    """An organization is not charged a tax, or without one any; both days are covered."""

    organization: str
    from_day: date
    until: date | None = None
    tax: str = ""
    reason: str = "as the scenario says"
    certificate: str = ""
