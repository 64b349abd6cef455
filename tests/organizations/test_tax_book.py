"""What a tax comes to: by region and day, by exemption, and where nothing says it."""

from __future__ import annotations

from datetime import date

from icb.organizations.tax_book import (
    DatedParts,
    Exemption,
    Found,
    Missing,
    Tax,
    TaxBook,
    Taxpayer,
    Use,
)
from icb.rating.tax import LineTax, TaxPart

VAT, REVERSE, OWN = 1, 2, 3
EVER, JULY, AUGUST = date(1, 1, 1), date(2026, 7, 1), date(2026, 8, 1)
MICRO = 1_000_000


def parts(*percents: int) -> tuple[TaxPart, ...]:
    return tuple(TaxPart("", percent * MICRO) for percent in percents)


def book(**payer: object) -> TaxBook:
    """VAT of 20 %, from August 21 %; in DE 19 % from July on; a reverse charge."""
    taxpayer = Taxpayer("acme", "", None)._replace(**payer)  # type: ignore[arg-type]
    return TaxBook(
        {VAT: Tax(VAT, "vat", "S", ""), REVERSE: Tax(REVERSE, "reverse", "AE", "Reverse charge")},
        {
            (VAT, ""): [DatedParts(EVER, parts(20)), DatedParts(AUGUST, parts(21))],
            (VAT, "DE"): [DatedParts(JULY, parts(19))],
        },
        {OWN: taxpayer},
    )


def found(tax: int | None, day: date, **payer: object) -> Found:
    return book(**payer).tax_of(tax, organization=OWN, day=day)


def charged(percent: int) -> LineTax:
    return LineTax("vat", "S", parts(percent))


def test_the_newest_percentage_that_began_by_the_day_is_in_force() -> None:
    assert found(VAT, date(2026, 7, 31)) == Found(charged(20), Use(VAT, "", ""))
    assert found(VAT, AUGUST).tax == charged(21)
    assert found(None, AUGUST) == Found()


def test_the_region_goes_first_and_what_is_said_for_none_holds_elsewhere() -> None:
    assert found(VAT, JULY, region="DE") == Found(charged(19), Use(VAT, "DE", "DE"))
    assert found(VAT, date(2026, 6, 30), region="DE") == Found(charged(20), Use(VAT, "DE", ""))
    assert found(VAT, JULY, region="FR") == Found(charged(20), Use(VAT, "FR", ""))


def test_what_nobody_said_is_missing_and_never_guessed() -> None:
    lacking = book(region="DE")
    lacking.percentages = {(VAT, "DE"): [DatedParts(JULY, parts(19))]}
    june = date(2026, 6, 30)
    missing = lacking.tax_of(VAT, organization=OWN, day=june).missing
    assert missing == Missing("vat", "DE", june, "acme")
    assert str(missing) == (
        "The tax vat has no percentage in the region DE on 2026-06-30, but items of acme need it."
    )
    assert lacking.tax_of(REVERSE, organization=OWN, day=june).missing is None


def exempt(tax: int | None, *, reason: str = "Resale", certificate: str = "C-1") -> Exemption:
    return Exemption(tax, JULY, date(2026, 7, 31), reason, certificate)


def test_an_exemption_holds_on_its_days_and_says_why() -> None:
    how = {"exemptions": [exempt(None)]}
    assert found(VAT, date(2026, 6, 30), **how).tax == charged(20)
    said = LineTax("", "E", (TaxPart("", 0),), "Resale C-1")
    assert found(VAT, JULY, **how) == Found(said)
    assert found(VAT, date(2026, 7, 31), **how).tax == said
    assert found(VAT, AUGUST, **how).tax == charged(21)
    assert found(None, JULY, **how) == Found()


def test_an_exemption_from_one_tax_goes_before_that_from_any() -> None:
    how = {"exemptions": [exempt(None), exempt(VAT, reason="Treaty", certificate="")]}
    tax = found(VAT, JULY, **how).tax
    assert tax is not None
    assert tax.reason == "Treaty"
    assert found(VAT, JULY, exemptions=[exempt(REVERSE)]).tax == charged(20)


def test_who_is_exempt_gets_its_own_tax_where_that_is_not_charged() -> None:
    how = {"exemptions": [exempt(None)], "own": REVERSE}
    assert found(VAT, JULY, **how) == Found(
        LineTax("reverse", "AE", (TaxPart("", 0),), "Reverse charge"), Use(REVERSE, "", "")
    )
    tax = found(VAT, JULY, exemptions=[exempt(None)], own=VAT).tax
    assert tax is not None
    assert tax.category == "E"
