"""Impossible terms are refused, with the field or the rule named."""

from datetime import date
from itertools import product
from typing import Any

import pytest
from tests.rating.worked import (
    FROM_EVER,
    day,
    month,
    prices,
    run,
    terms,
    tiered,
    units_of,
)

from icb.kernel.errors import InvalidInput, Refused
from icb.kernel.quantity import MICRO
from icb.rating import (
    Billing,
    CountingRule,
    Price,
    PriceFrom,
    PricingKind,
    Tier,
    UnitChanges,
    check_policy,
    check_tiers,
    price_on,
    rate_service,
)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("minimum", -1),
        ("included", -1),
        ("minimum_amount", -1),
        ("package_size", 0),
        ("discount", -1),
        ("discount", 100 * MICRO + 1),
        ("minor_digits", 5),
        ("minor_digits", -1),
    ],
)
def test_impossible_values(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=f"^{field}") as refusal:
        terms("1", **{field: value}).validate()
    assert refusal.value.code == f"invalid_{field}"


def test_a_service_without_a_price() -> None:
    with pytest.raises(InvalidInput, match="there is no price"):
        terms(()).validate()


def test_the_limits_themselves_are_possible() -> None:
    terms("0", discount=100 * MICRO, minor_digits=0, minimum_amount=0).validate()
    terms("0", discount=0, minor_digits=4, package_size=1).validate()


def test_a_negative_price_is_a_discount() -> None:
    with pytest.raises(InvalidInput, match="use a discount") as refusal:
        terms("-0.01").validate()
    assert refusal.value.code == "invalid_unit_price"


def test_prices_stand_in_the_order_of_their_days() -> None:
    entry = PriceFrom(date(2025, 6, 1), Price(MICRO))
    with pytest.raises(InvalidInput, match="begin on one day"):
        terms((entry, entry)).validate()


@pytest.mark.parametrize(
    ("tiers", "problem"),
    [
        ((), "must be open"),
        ((Tier(5 * MICRO, 1),), "must be open"),
        ((Tier(5 * MICRO, 1), Tier(5 * MICRO, 1), Tier(None, 1)), "above the one before"),
        ((Tier(0, 1), Tier(None, 1)), "above the one before"),
        ((Tier(None, 1), Tier(None, 1)), "above the one before"),
        ((Tier(5 * MICRO, -1), Tier(None, 1)), "use a discount"),
    ],
)
def test_impossible_tiers(tiers: tuple[Tier, ...], problem: str) -> None:
    for kind in (PricingKind.GRADUATED, PricingKind.VOLUME):
        with pytest.raises(InvalidInput, match=problem):
            tiered(kind, tiers).validate()
    with pytest.raises(InvalidInput, match=problem):
        check_tiers(tiers)


def test_tiers_need_a_pricing_that_has_them() -> None:
    with pytest.raises(InvalidInput, match="per_unit pricing has none"):
        tiered(PricingKind.PER_UNIT).validate()
    tiered(PricingKind.VOLUME).validate()


def allowed(counting: CountingRule, billing: Billing, unit_changes: UnitChanges) -> bool:
    """The table of the rules, section 3, as data."""
    if counting == CountingRule.PERIOD_VALUE:
        wanted = (Billing.IN_ARREARS, UnitChanges.ADJUST_AT_PERIOD_END)
        return (billing, unit_changes) == wanted
    if counting == CountingRule.ONE_TIME:
        return unit_changes != UnitChanges.PEAK
    return (billing, unit_changes) != (Billing.IN_ADVANCE, UnitChanges.PEAK)


@pytest.mark.parametrize(
    ("counting", "billing", "unit_changes"), list(product(CountingRule, Billing, UnitChanges))
)
def test_which_policy_fits_which_shape(
    counting: CountingRule, billing: Billing, unit_changes: UnitChanges
) -> None:
    agreed = terms(counting=counting, billing=billing, unit_changes=unit_changes)
    units = units_of(month("2025-11"), run("2025-11-01", "2025-11-30", 3))
    if allowed(counting, billing, unit_changes):
        check_policy(counting=counting, billing=billing, unit_changes=unit_changes)
        agreed.validate()
        assert rate_service(agreed, units)
        return
    in_advance = (billing, unit_changes) == (Billing.IN_ADVANCE, UnitChanges.PEAK)
    for refused in (agreed.validate, lambda: rate_service(agreed, units)):
        with pytest.raises(Refused, match="Nothing was stored") as refusal:
            refused()
        assert refusal.value.code == ("peak_in_advance" if in_advance else "policy_not_for_shape")


def test_the_first_price_is_in_force_from_ever() -> None:
    dated = prices("1", from_2025_06_01="2", from_2025_07_01="3")
    assert price_on(dated, day=date(1990, 1, 1)).unit_price == MICRO
    assert price_on(dated, day=day("2025-05-31")).unit_price == MICRO
    assert price_on(dated, day=day("2025-06-01")).unit_price == 2 * MICRO
    assert price_on(dated, day=day("2025-12-01")).unit_price == 3 * MICRO
    assert dated[0].from_day == FROM_EVER
