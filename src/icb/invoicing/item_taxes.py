"""The tax of each item that is put on a document (pure; rules, section 8, "Tax")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from icb.kernel.days import ONE_DAY
from icb.kernel.errors import Refused
from icb.organizations.tax_book import Missing, TaxBook, Use
from icb.rating.tax import LineTax

ONE_OFF = "manual"
"""The kind of items that are supplied on a day, not over a period."""
_MOST_NAMED = 5


PayerId = tuple[int, str]
"""The id of the organization that gets the bill, and the currency."""


class Supply(NamedTuple):
    """What of an item decides its tax; `period_end` is the day after its period."""

    payer: PayerId
    tax: int | None
    organization: int
    kind: str
    period_end: date
    effective_on: date


@dataclass
class ItemTaxes:
    """Looks taxes up for one act of issuing, and notes what was used and what is missing.

    `is_by_supply`: the last day of what an item bills decides, otherwise the day of issue.
    """

    book: TaxBook
    issued_on: date
    is_by_supply: bool
    last_days: dict[Use, date] = field(default_factory=dict)
    missing: dict[PayerId, dict[Missing, None]] = field(default_factory=dict)

    def tax_of(self, supply: Supply) -> LineTax | None:
        """The tax of an item; None where it carries none, or where it cannot be said."""
        day = self._day(supply)
        found = self.book.tax_of(supply.tax, organization=supply.organization, day=day)
        if found.use is not None:
            self.last_days[found.use] = max(day, self.last_days.get(found.use, day))
        if found.missing is not None:
            self.missing.setdefault(supply.payer, {})[found.missing] = None
        return found.tax

    def _day(self, supply: Supply) -> date:
        if not self.is_by_supply:
            return self.issued_on
        if supply.kind == ONE_OFF:
            return supply.effective_on
        return supply.period_end - ONE_DAY

    def refuse_missing(self) -> None:
        """Raise Refused where items need a percentage that a tax has not, naming what is missing.

        Nothing is charged at a guess, and nothing is left out of a document in silence.
        """
        missing = self._each_missing()
        if missing:
            raise _refused(missing)

    def told(self) -> list[str]:
        """What is missing, in words; empty where nothing is."""
        return [str(one) for one in self._each_missing()]

    def _each_missing(self) -> list[Missing]:
        return list(dict.fromkeys(one for ones in self.missing.values() for one in ones))


def _refused(missing: Sequence[Missing]) -> Refused:
    told = " ".join(str(one) for one in missing[:_MOST_NAMED])
    if len(missing) > _MOST_NAMED:
        told += f" So it is in {len(missing) - _MOST_NAMED} more cases."
    return Refused(
        "tax_percentage_missing",
        f"{told} Nothing was issued. Add the percentage (Settings, Taxes), or issue the documents "
        "of other organizations only.",
        taxes=sorted({one.tax for one in missing}),
        organizations=sorted({one.organization for one in missing}),
    )
