"""f(units): worked tables for each kind of pricing (rules, sections 3 and 8)."""

import pytest
from tests.rating.worked import terms, tiered

from icb.kernel.quantity import MICRO, to_micro
from icb.rating import PricingKind, ServiceTerms, price_of


def exact(units: str, agreed: ServiceTerms) -> int:
    """f(units) in 10^-12 of the major unit."""
    price = agreed.prices[0].price
    return price_of(to_micro(units, field="units"), price=price, terms=agreed)


def major(text: str) -> int:
    """An amount of money in 10^-12 of the major unit."""
    return to_micro(text, field="amount") * MICRO


@pytest.mark.parametrize(
    ("units", "price"),
    [("0", "5.5"), ("5", "5.5"), ("19", "5.5"), ("25", "5.5"), ("26", "6.6"), ("25.5", "6.05")],
)
def test_included_units_and_a_minimum(units: str, price: str) -> None:
    agreed = terms("1.10", included=20 * MICRO, minimum=5 * MICRO)
    assert exact(units, agreed) == major(price)


def test_included_units_never_give_money_back() -> None:
    assert exact("3", terms("1.10", included=20 * MICRO)) == 0


def test_prices_of_six_decimals_and_parts_of_a_unit_stay_exact() -> None:
    assert exact("0.000001", terms("0.000001")) == 1


@pytest.mark.parametrize(("units", "price"), [("0", "0"), ("0.5", "99"), ("1", "99"), ("40", "99")])
def test_a_flat_fee_is_for_any_units_at_all(units: str, price: str) -> None:
    flat = terms("99", pricing=PricingKind.FLAT, included=5 * MICRO, minimum=2 * MICRO)
    assert exact(units, flat) == major(price)


@pytest.mark.parametrize(
    ("units", "price"),
    [("0", "0"), ("1", "30"), ("10", "30"), ("10.5", "60"), ("11", "60"), ("20", "60")],
)
def test_a_started_package_is_a_whole_one(units: str, price: str) -> None:
    packages = terms("30", pricing=PricingKind.PACKAGE, package_size=10 * MICRO)
    assert exact(units, packages) == major(price)


@pytest.mark.parametrize(
    ("units", "graduated", "volume"),
    [
        ("0", "0", "0"),
        ("1", "3.20", "3.20"),
        ("15", "48.00", "48.00"),
        ("15.5", "49.40", "43.40"),
        ("16", "50.80", "44.80"),
        ("30", "90.00", "84.00"),
        ("31", "92.50", "77.50"),
        ("37", "107.50", "92.50"),
    ],
)
def test_a_tier_ends_with_its_up_to(units: str, graduated: str, volume: str) -> None:
    assert exact(units, tiered(PricingKind.GRADUATED)) == major(graduated)
    assert exact(units, tiered(PricingKind.VOLUME)) == major(volume)


def test_minimum_and_included_come_before_the_tiers() -> None:
    agreed = tiered(PricingKind.GRADUATED)
    less = terms(
        agreed.prices, pricing=PricingKind.GRADUATED, included=10 * MICRO, minimum=16 * MICRO
    )
    assert exact("12", less) == exact("16", agreed)
    assert exact("40", less) == exact("30", agreed)
