"""What one period of a contract service costs: pure, exact, each line rounded once at the end.

The names that other packages use stand here; the order of the steps stands in `rate.py`.
"""

from icb.rating.explain import explain
from icb.rating.following import discount_line, minimum_line
from icb.rating.line import LineKind, RatedLine, Working
from icb.rating.pricing import price_of
from icb.rating.rate import rate_service
from icb.rating.tax import LineTax, TaxPart, TaxTotal, document_taxes
from icb.rating.terms import (
    Billing,
    CountingRule,
    Price,
    PriceFrom,
    PricingKind,
    ServiceTerms,
    Tier,
    UnitChanges,
    check_policy,
    check_tiers,
    price_on,
)
from icb.rating.units import PeriodUnits, UnitRun, covered_days, estimated_days

__all__ = [
    "Billing",
    "CountingRule",
    "LineKind",
    "LineTax",
    "PeriodUnits",
    "Price",
    "PriceFrom",
    "PricingKind",
    "RatedLine",
    "ServiceTerms",
    "TaxPart",
    "TaxTotal",
    "Tier",
    "UnitChanges",
    "UnitRun",
    "Working",
    "check_policy",
    "check_tiers",
    "covered_days",
    "discount_line",
    "document_taxes",
    "estimated_days",
    "explain",
    "minimum_line",
    "price_of",
    "price_on",
    "rate_service",
]
