"""What a tax comes to for an organization on a day (pure; rules, section 8, "Tax").

The percentages of the organization's region hold, else those that are said for no region; of them
the newest that began by that day. A tax whose category carries none needs no percentages. An
exemption takes the place of the tax: by the organization's own tax where that carries none (so
that a reverse charge is printed as such), else as exempt with the exemption's reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from icb.rating.tax import STANDARD, LineTax, TaxPart

EXEMPT = "E"
ANYWHERE = ""
"""The region whose percentages hold where an organization's own has none."""
_NOTHING = (TaxPart("", 0),)


class Tax(NamedTuple):
    """A tax without its percentages."""

    id: int
    key: str
    category: str
    reason: str


class DatedParts(NamedTuple):
    """What a tax comes to in a region from a day on."""

    from_day: date
    parts: tuple[TaxPart, ...]


class Exemption(NamedTuple):
    """Days on which an organization is exempt from a tax, or from any (`tax` None)."""

    tax: int | None
    starts_on: date
    ends_on: date | None
    reason: str
    certificate: str

    def covers(self, day: date) -> bool:
        """Whether it holds on a day; both of its days are covered."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


class Taxpayer(NamedTuple):
    """What of an organization decides its taxes; `own` is its own tax."""

    key: str
    region: str
    own: int | None
    exemptions: Sequence[Exemption] = ()


class Missing(NamedTuple):
    """A tax that has no percentage for a region on a day, and whose items need one."""

    tax: str
    region: str
    day: date
    organization: str

    def __str__(self) -> str:
        where = f"in the region {self.region}" if self.region else "without a region"
        return (
            f"The tax {self.tax} has no percentage {where} on {self.day}, but items of "
            f"{self.organization} need it."
        )


class Use(NamedTuple):
    """That a tax was looked up for a region, and in which region's percentages it was found."""

    tax: int
    region: str
    found_in: str


class Found(NamedTuple):
    """The tax of a line, None where it carries none; or what is missing to say it."""

    tax: LineTax | None = None
    use: Use | None = None
    missing: Missing | None = None


@dataclass
class TaxBook:
    """All taxes with their percentages, in ascending order of days, and some organizations."""

    taxes: Mapping[int, Tax]
    percentages: Mapping[tuple[int, str], Sequence[DatedParts]]
    taxpayers: Mapping[int, Taxpayer]
    _known: dict[tuple[int | None, int, date], Found] = field(default_factory=dict)

    def tax_of(self, tax: int | None, *, organization: int, day: date) -> Found:
        """What a tax comes to for an organization on a day."""
        asked = tax, organization, day
        if asked not in self._known:
            self._known[asked] = self._find(tax, self.taxpayers[organization], day)
        return self._known[asked]

    def _find(self, tax: int | None, taxpayer: Taxpayer, day: date) -> Found:
        if tax is None:
            return Found()
        exemption = _exemption(taxpayer.exemptions, tax, day)
        if exemption is None:
            return self._charged(tax, taxpayer, day)
        if taxpayer.own is not None and self.taxes[taxpayer.own].category != STANDARD:
            return self._charged(taxpayer.own, taxpayer, day)
        said = " ".join(f"{exemption.reason} {exemption.certificate}".split())
        return Found(LineTax("", EXEMPT, _NOTHING, said))

    def _charged(self, tax: int, taxpayer: Taxpayer, day: date) -> Found:
        found, region = self.taxes[tax], taxpayer.region
        if found.category != STANDARD:
            nothing = LineTax(found.key, found.category, _NOTHING, found.reason)
            return Found(nothing, Use(tax, region, ANYWHERE))
        for where in dict.fromkeys((region, ANYWHERE)):
            parts = parts_on(self.percentages.get((tax, where), ()), day=day)
            if parts:
                charged = LineTax(found.key, found.category, parts, found.reason)
                return Found(charged, Use(tax, region, where))
        return Found(missing=Missing(found.key, region, day, taxpayer.key))


def parts_on(dated: Sequence[DatedParts], *, day: date) -> tuple[TaxPart, ...]:
    """The parts in force on a day, of percentages in ascending order of days; empty before all."""
    in_force: tuple[TaxPart, ...] = ()
    for from_day, parts in dated:
        if from_day > day:
            break
        in_force = parts
    return in_force


def _exemption(exemptions: Sequence[Exemption], tax: int, day: date) -> Exemption | None:
    """The exemption that holds on a day: that from this tax before that from any."""
    holding = [one for one in exemptions if one.tax in (tax, None) and one.covers(day)]
    return min(holding, key=lambda one: one.tax is None, default=None)
