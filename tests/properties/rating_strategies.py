"""Terms and units of any shape that billing can hand to rating."""

from datetime import date, timedelta

from hypothesis import strategies as st

from icb.kernel.period import Anchor, Period, PeriodLength, period_containing
from icb.kernel.quantity import MICRO
from icb.rating import (
    Billing,
    CountingRule,
    PeriodUnits,
    Price,
    PriceFrom,
    PricingKind,
    ServiceTerms,
    Tier,
    UnitChanges,
    UnitRun,
)

DAYS = st.dates(date(2023, 12, 1), date(2025, 3, 31))
QUANTITIES = st.one_of(
    st.integers(0, 60).map(lambda units: units * MICRO), st.integers(0, 60 * MICRO)
)
PRICES = st.one_of(st.integers(0, 5000).map(lambda cents: cents * 10_000), st.integers(0, 10**8))
FITTING = [
    (CountingRule.LEVEL, billing, unit_changes)
    for billing in Billing
    for unit_changes in UnitChanges
    if (billing, unit_changes) != (Billing.IN_ADVANCE, UnitChanges.PEAK)
] + [
    (CountingRule.PERIOD_VALUE, Billing.IN_ARREARS, UnitChanges.ADJUST_AT_PERIOD_END),
    (CountingRule.ONE_TIME, Billing.IN_ADVANCE, UnitChanges.PRORATE_DAILY),
]


@st.composite
def some_periods(draw: st.DrawFn) -> Period:
    """A month, quarter, half-year or year, on the calendar or on an anniversary."""
    lengths = st.sampled_from([PeriodLength.MONTHLY] * 5 + list(PeriodLength))
    return period_containing(
        draw(DAYS),
        starts_on=draw(DAYS),
        length=draw(lengths),
        anchor=draw(st.sampled_from(Anchor)),
    )


@st.composite
def some_tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    """One to four tiers, the last one open."""
    tops = draw(st.lists(st.integers(1, 40 * MICRO), max_size=3, unique=True).map(sorted))
    return tuple(Tier(top, draw(PRICES)) for top in [*tops, None])


@st.composite
def some_prices(draw: st.DrawFn, *, period: Period, pricing: PricingKind) -> tuple[PriceFrom, ...]:
    """A first price and up to three later ones around the period, some of them the same again."""
    days = draw(st.lists(st.integers(-10, period.days + 10), max_size=3, unique=True).map(sorted))
    tiered = pricing in (PricingKind.GRADUATED, PricingKind.VOLUME)
    one = some_tiers().map(lambda tiers: Price(0, tiers)) if tiered else PRICES.map(Price)
    stock = draw(st.lists(one, min_size=1, max_size=2))
    begins = [date(2000, 1, 1), *(period.start + timedelta(days=day) for day in days)]
    return tuple(PriceFrom(begin, draw(st.sampled_from(stock))) for begin in begins)


@st.composite
def some_runs(draw: st.DrawFn, *, period: Period) -> tuple[UnitRun, ...]:
    """Runs of equal counts with holes between them, from nothing covered to every day."""
    runs: list[UnitRun] = []
    begin = period.start
    while begin < period.end and len(runs) < 12:
        days = draw(st.integers(1, max(period.days // 2, 1)))
        end = min(begin + timedelta(days=days), period.end)
        if draw(st.integers(0, 4)):
            runs.append(UnitRun(begin, end, draw(QUANTITIES), draw(st.booleans())))
        begin = end
    return tuple(runs)


@st.composite
def some_terms(draw: st.DrawFn, *, period: Period) -> ServiceTerms:
    """Any terms that the rules allow."""
    counting, billing, unit_changes = draw(st.sampled_from(FITTING))
    pricing = draw(st.sampled_from(PricingKind))
    terms = ServiceTerms(
        billing=billing,
        unit_changes=unit_changes,
        counting=counting,
        pricing=pricing,
        prices=draw(some_prices(period=period, pricing=pricing)),
        minor_digits=draw(st.sampled_from([0, 2, 2, 3])),
        minimum=draw(st.one_of(st.just(0), QUANTITIES)),
        included=draw(st.one_of(st.just(0), QUANTITIES)),
        package_size=draw(st.integers(1, 20 * MICRO)),
        discount=draw(st.one_of(st.just(0), st.integers(0, 100 * MICRO))),
    )
    terms.validate()
    return terms


@st.composite
def some_units(draw: st.DrawFn, *, period: Period) -> PeriodUnits:
    """Runs, and at times a count before the period."""
    before = draw(st.one_of(st.none(), QUANTITIES))
    return PeriodUnits(
        period, draw(some_runs(period=period)), before, before is not None and draw(st.booleans())
    )


@st.composite
def some_cases(draw: st.DrawFn) -> tuple[ServiceTerms, PeriodUnits]:
    """Terms and units of one period that belong together."""
    period = draw(some_periods())
    return draw(some_terms(period=period)), draw(some_units(period=period))
