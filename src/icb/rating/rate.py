"""The order of the steps of rating: policy, then a discount line after each line.

Minimum amounts come last, once the caller knows every line of the period, through `minimum_line`.
"""

from typing import Protocol

from icb.kernel.quantity import Micro
from icb.rating.adjustments.advance import advance_daily_lines, advance_period_end_lines
from icb.rating.adjustments.daily import daily_lines
from icb.rating.adjustments.one_count import peak_lines, period_end_lines
from icb.rating.adjustments.whole_price import one_time_lines, period_value_lines
from icb.rating.following import discount_line
from icb.rating.line import RatedLine
from icb.rating.terms import Billing, CountingRule, ServiceTerms, UnitChanges, check_policy
from icb.rating.units import PeriodUnits


class Policy(Protocol):
    """How one choice of the contract turns terms and units into lines, without discounts."""

    def __call__(self, terms: ServiceTerms, *, units: PeriodUnits) -> list[RatedLine]: ...


def rate_service(terms: ServiceTerms, units: PeriodUnits) -> list[RatedLine]:
    """What one contract service costs in one period: its lines, each followed by its discount.

    No covered day, no line. The terms are expected to have passed `ServiceTerms.validate`;
    a policy that does not fit is refused here as well.
    """
    if not units.runs:
        return []
    lines = _policy(terms)(terms, units=units)
    return _with_discounts(lines, discount=terms.discount) if terms.discount else lines


def _policy(terms: ServiceTerms) -> Policy:
    check_policy(counting=terms.counting, billing=terms.billing, unit_changes=terms.unit_changes)
    if terms.counting == CountingRule.PERIOD_VALUE:
        return period_value_lines
    if terms.counting == CountingRule.ONE_TIME:
        return one_time_lines
    if terms.billing == Billing.IN_ADVANCE:
        return _policy_in_advance(terms)
    if terms.unit_changes == UnitChanges.PRORATE_DAILY:
        return daily_lines
    return peak_lines if terms.unit_changes == UnitChanges.PEAK else period_end_lines


def _policy_in_advance(terms: ServiceTerms) -> Policy:
    if terms.unit_changes == UnitChanges.PRORATE_DAILY:
        return advance_daily_lines
    return advance_period_end_lines


def _with_discounts(lines: list[RatedLine], *, discount: Micro) -> list[RatedLine]:
    found = []
    for line in lines:
        found.append(line)
        reduced = discount_line(line, discount=discount)
        if reduced is not None:
            found.append(reduced)
    return found
