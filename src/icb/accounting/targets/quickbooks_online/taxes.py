"""Tax codes and rates of a company, and the tax of a document as it is written there.

The tax of a document travels as we worked it out, once for each rate. QuickBooks would work it out
itself, perhaps with a cent more or less, so each rate's amount and their sum are said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from icb.accounting.ports import Entry, Line, TargetError, Tax, TaxPart, Theirs
from icb.accounting.targets.online.answers import Part
from icb.accounting.targets.online.documents import NOTHING_WRITTEN, refused
from icb.accounting.targets.online.json_text import Json
from icb.accounting.targets.quickbooks_online.company_api import CompanyApi
from icb.foundation.canonical import exact_text
from icb.kernel.rounding import split_by_largest_remainder

# In the United States a line is taxable or not, and the document has one code.
TAXABLE, NOT_TAXABLE = "TAX", "NON"
UNITED_STATES = "US"
_PERCENT_PLACES = 6


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate: its id, the percent of today, and every percent that it ever had."""

    id: str
    percent: Decimal
    percents: frozenset[Decimal]


@dataclass(frozen=True, slots=True)
class Share:
    """The tax of one rate on a document: percent, what it is worked out on, and the tax."""

    rate: Rate
    percent: Decimal
    net: Decimal
    tax: Decimal

    def joined(self, other: Share | None) -> Share:
        """This and another of the same rate as one."""
        if other is None:
            return self
        return Share(self.rate, self.percent, self.net + other.net, self.tax + other.tax)


@dataclass(frozen=True, slots=True)
class Code:
    """A tax code and the rates that it stands for in sales."""

    id: str
    name: str
    rates: tuple[Rate, ...]

    @property
    def percent(self) -> Decimal:
        """What its rates come to together today."""
        return sum((rate.percent for rate in self.rates), Decimal(0))

    def shares(self, tax: Tax, *, decimals: int) -> list[Share]:
        """A tax of a document by the rates of the code; none where the code has no such percent.

        A tax of several parts goes to the rates part by part, as it was charged. One that we know
        as a whole only is split in their proportion, to the last unit.
        """
        by_part = self._shares_of_parts(tax.parts)
        if by_part:
            return by_part
        for rate in self.rates:
            if tax.percent in rate.percents:
                return [Share(rate, tax.percent, tax.net, tax.tax)]
        if len(self.rates) < 2 or tax.percent != self.percent:
            return []
        weights = [int(rate.percent.scaleb(_PERCENT_PLACES)) for rate in self.rates]
        units = int(tax.tax.scaleb(decimals))
        parts = split_by_largest_remainder(units, weights)
        return [
            Share(rate, rate.percent, tax.net, Decimal(part).scaleb(-decimals))
            for rate, part in zip(self.rates, parts, strict=True)
        ]

    def _shares_of_parts(self, parts: Sequence[TaxPart]) -> list[Share]:
        """Each part at the rate that has its percent; none where not each finds one of its own."""
        left = list(self.rates)
        found: list[Share] = []
        for part in parts:
            rate = next((one for one in left if part.percent in one.percents), None)
            if rate is None:
                return []
            left.remove(rate)
            found.append(Share(rate, *part))
        return [] if left else found


@dataclass(frozen=True, slots=True)
class TaxBook:
    """The codes of a company by id, and whether it is one of the United States."""

    codes: Mapping[str, Code]
    is_us: bool

    def listing(self) -> list[Theirs]:
        """What a person maps our taxes to."""
        return [Theirs(code.id, code.name, percent=code.percent) for code in self.codes.values()]


@dataclass(frozen=True, slots=True)
class DocumentTax:
    """How the tax of one document is written: in all, and by rate."""

    total: Decimal
    shares: Sequence[Share]
    is_us: bool
    document_code: str = ""
    has_codes: bool = True
    taxed: frozenset[str] = frozenset()  # codes of which the document has tax

    def line_code(self, line: Line) -> str:
        """What a line says of its tax; blank where it says nothing."""
        if not self.is_us:
            return line.tax_code
        return TAXABLE if line.tax_code in self.taxed else NOT_TAXABLE

    def detail(self, *, sign: int) -> Json:
        """The document's tax in all and by rate; amounts times `sign`."""
        detail: dict[str, Json] = {"TotalTax": self.total * sign}
        if self.document_code:
            detail["TxnTaxCodeRef"] = {"value": self.document_code}
        if self.shares:
            detail["TaxLine"] = [_tax_line(share, sign=sign) for share in self.shares]
        return detail


def read_tax_book(api: CompanyApi, *, country: str) -> TaxBook:
    """Codes and rates as they stand; those not in use are left out."""
    rates = {rate.id: rate for rate in map(_rate, api.rows("TaxRate"))}
    rows = [row for row in api.rows("TaxCode") if row.flag("Active", otherwise=True)]
    codes = [_code(row, rates=rates) for row in rows]
    return TaxBook({code.id: code for code in codes}, is_us=country == UNITED_STATES)


def document_tax(entry: Entry, *, book: TaxBook) -> DocumentTax:
    """How the document's tax is written; REFUSED where a mapped code has no such rate."""
    codes = {line.tax_code for line in entry.lines if line.tax_code}
    strange = sorted((codes | {tax.tax_code for tax in entry.taxes}) - {"", *book.codes, *_PLAIN})
    if strange:
        raise refused(
            f"{entry.number}: its tax is mapped to the code {strange[0]}, which is not in use "
            f"there. {NOTHING_WRITTEN} Map the tax anew."
        )
    if book.is_us:
        return _us_tax(entry, book=book)
    shares = _shares(entry.taxes, entry=entry, book=book)
    return DocumentTax(entry.tax, shares, is_us=False, has_codes=bool(codes))


_PLAIN = (TAXABLE, NOT_TAXABLE)


def _us_tax(entry: Entry, *, book: TaxBook) -> DocumentTax:
    taxed = frozenset(tax.tax_code for tax in entry.taxes if tax.tax)
    codes = taxed - {"", TAXABLE}
    if len(codes) > 1:
        raise refused(
            f"{entry.number}: it has taxes of the codes {', '.join(sorted(codes))}, and a document "
            f"in a company of the United States has one. {NOTHING_WRITTEN} Map its taxes to one "
            "code that holds all rates."
        )
    code = next(iter(codes), "")
    taxes = [tax for tax in entry.taxes if code and tax.tax_code == code]
    shares = _shares(taxes, entry=entry, book=book)
    return DocumentTax(entry.tax, shares, is_us=True, document_code=code, taxed=taxed)


def _shares(taxes: Iterable[Tax], *, entry: Entry, book: TaxBook) -> list[Share]:
    """The document's tax by rate; each rate once, whatever of ours is mapped to it."""
    found: dict[tuple[str, Decimal], Share] = {}
    for tax in taxes:
        code = book.codes.get(tax.tax_code)
        if code is None:
            continue
        shares = code.shares(tax, decimals=entry.decimals)
        if not shares and (tax.tax or tax.percent != code.percent):
            raise _wrong_code(tax, entry=entry, code=code)
        for share in shares:
            place = share.rate.id, share.percent
            found[place] = share.joined(found.get(place))
    return list(found.values())


def _wrong_code(tax: Tax, *, entry: Entry, code: Code) -> TargetError:
    rates = ", ".join(f"{exact_text(rate.percent)} %" for rate in code.rates) or "no rate"
    return refused(
        f"{entry.number}: {tax.name} of {exact_text(tax.percent)} % is mapped to {code.name}, "
        f"which has {rates} there. {NOTHING_WRITTEN} Map the tax to a code of its rate."
    )


def _tax_line(share: Share, *, sign: int) -> Json:
    return {
        "Amount": share.tax * sign,
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": share.rate.id},
            "PercentBased": True,
            "TaxPercent": share.percent,
            "NetAmountTaxable": share.net * sign,
        },
    }


def _rate(row: Part) -> Rate:
    percent = row.number_or_none("RateValue") or Decimal(0)
    earlier: Iterable[Decimal | None] = (
        each.number_or_none("RateValue") for each in row.parts_or_none("EffectiveTaxRate")
    )
    percents = {percent, *(each for each in earlier if each is not None)}
    return Rate(row.text("Id"), percent, frozenset(percents))


def _code(row: Part, *, rates: Mapping[str, Rate]) -> Code:
    listed = row.part_or_empty("SalesTaxRateList").parts_or_none("TaxRateDetail")
    ids = [each.part("TaxRateRef").text("value") for each in listed]
    return Code(row.text("Id"), row.text("Name"), tuple(rates[id] for id in ids if id in rates))
