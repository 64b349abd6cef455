"""Lines that follow from rounded lines: a discount on each, and the top-up to a minimum amount."""

from icb.kernel.money import Minor
from icb.kernel.period import Period
from icb.kernel.quantity import MICRO, Micro
from icb.kernel.rounding import round_ratio
from icb.rating.line import LineKind, RatedLine
from icb.rating.proration import prorated
from icb.rating.terms import WHOLE_PERCENTAGE


def discount_line(line: RatedLine, *, discount: Micro) -> RatedLine | None:
    """The discount of `discount` percent on a line's rounded amount; None where it comes to 0."""
    amount = -round_ratio(line.amount * discount, WHOLE_PERCENTAGE)
    if amount == 0:
        return None
    return RatedLine(
        kind=LineKind.DISCOUNT,
        discounted=line.kind,
        effective_on=line.effective_on,
        amount=amount,
        units=0,
        unit_days=0,
        unit_price=None,
        days_in_period=line.days_in_period,
        estimated_days=0,
        working={
            "rule": "discount",
            "percent": discount,
            "discounted_amount": line.amount,
            "amount": amount,
        },
    )


def minimum_line(
    minimum_amount: Micro | None,
    *,
    period: Period,
    covered_days: int,
    net: Minor,
    minor_digits: int,
) -> RatedLine | None:
    """The top-up to a minimum amount of a service or a contract; None where nothing is missing.

    The minimum is prorated by covered days / D and rounded, then compared with `net`: the sum of
    the period's rounded lines, discounts included.
    """
    if minimum_amount is None:
        return None
    wanted = prorated(
        minimum_amount * MICRO * covered_days,
        days_in_period=period.days,
        minor_digits=minor_digits,
    )
    if wanted <= net:
        return None
    return RatedLine(
        kind=LineKind.MINIMUM,
        discounted=None,
        effective_on=period.start,
        amount=wanted - net,
        units=0,
        unit_days=0,
        unit_price=None,
        days_in_period=period.days,
        estimated_days=0,
        working={
            "rule": "minimum_amount",
            "minimum_amount": minimum_amount,
            "covered_days": covered_days,
            "days_in_period": period.days,
            "net": net,
            "amount": wanted - net,
        },
    )
