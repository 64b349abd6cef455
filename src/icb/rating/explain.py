"""The working of a line, told to a billing administrator: days, counts, rule, price, arithmetic.

Everything is worked out again from the stored working alone, with the functions that rated it.
"""

from collections.abc import Callable

from icb.kernel.currency import minor_digits
from icb.kernel.money import format_minor
from icb.kernel.quantity import MICRO, Micro, format_micro
from icb.rating.line import Working
from icb.rating.pricing import (
    charged_quantity,
    graduated_parts,
    price_of,
    started_packages,
    volume_tier,
)
from icb.rating.proration import exact_per_minor
from icb.rating.terms import (
    WHOLE_PERCENTAGE,
    Billing,
    CountingRule,
    Price,
    PricingKind,
    ServiceTerms,
    Tier,
    UnitChanges,
)
from icb.rating.wording import (
    day_text,
    days_between,
    joined,
    money_text,
    plural,
    rounded_text,
    span,
    units_text,
)


def explain(working: Working, *, currency: str) -> list[str]:
    """The lines of text that lead from the counts to the amount of a rated line."""
    return _explainer(working)(working, currency)


def _explainer(working: Working) -> Callable[[Working, str], list[str]]:
    if working["rule"] == "discount":
        return _discount
    if working["rule"] == "minimum_amount":
        return _minimum_amount
    if working["rule"] == CountingRule.PERIOD_VALUE:
        return _period_value
    if working["rule"] == CountingRule.ONE_TIME:
        return _one_time
    if working["billing"] == Billing.IN_ADVANCE:
        return _change if "on" in working else _base
    return _every_day if working["rule"] == UnitChanges.PRORATE_DAILY else _one_count


def _every_day(working: Working, currency: str) -> list[str]:
    """In arrears, prorated daily."""
    lines = _pricing_lines(working, currency)
    terms, price = _terms(working), _price(working)
    price_days = quantity_days = 0
    for start, end, units, estimated in working["runs"]:
        days = days_between(start, end=end)
        exact = price_of(units, price=price, terms=terms) * days
        price_days += exact
        quantity_days += charged_quantity(units, terms=terms) * days
        lines.append(_run_line(working, currency, run=(start, end, units, estimated)))
    in_period = working["days_in_period"]
    amount = format_minor(working["amount"], currency)
    if working["pricing"] == PricingKind.PER_UNIT:
        factors = f"{format_micro(quantity_days)} unit-days x {_unit_price(working, currency)}"
    else:
        factors = money_text(price_days, currency=currency)
    lines.append(f"{factors} / {in_period} days in the period = {amount}")
    lines.append(rounded_text(price_days, denominator=in_period, currency=currency))
    return lines + _estimated_lines(working)


def _run_line(working: Working, currency: str, *, run: tuple[str, str, Micro, int]) -> str:
    start, end, units, estimated = run
    terms = _terms(working)
    days = days_between(start, end=end)
    marked = " (estimated)" if estimated else ""
    if working["pricing"] == PricingKind.PER_UNIT:
        quantity = charged_quantity(units, terms=terms)
        counted = _counted(units, quantity)
        total = format_micro(quantity * days)
        factors = f"{counted} x {plural(days, noun='day')}"
        return f"{span(start, end=end)}: {factors} = {total} unit-days{marked}"
    exact = price_of(units, price=_price(working), terms=terms) * days
    priced = _priced(units, working, currency=currency)
    total = money_text(exact, currency=currency)
    return f"{span(start, end=end)}: {priced}, x {plural(days, noun='day')} = {total}{marked}"


def _one_count(working: Working, currency: str) -> list[str]:
    """In arrears, at the last or the highest count."""
    peak = working["rule"] == UnitChanges.PEAK
    which = "the highest accepted count" if peak else "the count of the last covered day"
    lines = _pricing_lines(working, currency)
    lines.append(
        f"{day_text(working['counted_on'])}: {units_text(working['units'])}, {which}; "
        "it stands for every covered day"
    )
    return lines + _for_covered_days(working, currency) + _estimated_lines(working)


def _base(working: Working, currency: str) -> list[str]:
    """In advance, the line of the whole period."""
    on_first_day = working["counted"] == "first_day"
    which = "on the first covered day" if on_first_day else "in force before the period"
    carried = " (estimated)" if working["estimated_days"] else ""
    lines = _pricing_lines(working, currency)
    lines.append(f"{units_text(working['units'])} {which}{carried}")
    return lines + _for_covered_days(working, currency)


def _for_covered_days(working: Working, currency: str) -> list[str]:
    """f(units) x covered days / days in the period."""
    units, in_period = working["units"], working["days_in_period"]
    exact = price_of(units, price=_price(working), terms=_terms(working))
    days = sum(days_between(start, end=end) for start, end, _, _ in working["runs"])
    spans = ", ".join(span(start, end=end) for start, end, _, _ in joined(working["runs"]))
    whole, covered = money_text(exact, currency=currency), plural(days, noun="covered day")
    amount = format_minor(working["amount"], currency)
    return [
        _priced(units, working, currency=currency),
        f"Covered: {spans}",
        f"{whole} x {covered} / {in_period} days in the period = {amount}",
        rounded_text(exact * days, denominator=in_period, currency=currency),
    ]


def _change(working: Working, currency: str) -> list[str]:
    """In advance, a dated change inside the period."""
    terms = _terms(working)
    in_period, days = working["days_in_period"], working["days"]
    after = price_of(working["units"], price=_price(working), terms=terms)
    before = 0
    lines = _pricing_lines(working, currency)
    lines.append(
        f"From {day_text(working['on'])}: {plural(days, noun='covered day')} left to "
        f"{day_text(working['last_day'])}"
    )
    if "before" in working:
        old = {**working, **working["before"]}
        before = price_of(old["units"], price=_price(old), terms=terms)
        lines.append(f"Before: {_priced(old['units'], old, currency=currency)}")
    else:
        lines.append("Before: not covered, nothing charged")
    lines.append(f"After: {_priced(working['units'], working, currency=currency)}")
    factors = f"({money_text(after, currency=currency)} - {money_text(before, currency=currency)})"
    amount = format_minor(working["amount"], currency)
    lines.append(
        f"{factors} x {plural(days, noun='day')} / {in_period} days in the period = {amount}"
    )
    lines.append(rounded_text((after - before) * days, denominator=in_period, currency=currency))
    return lines


def _period_value(working: Working, currency: str) -> list[str]:
    """The values of the vendor's own months."""
    already = working["already_billed"]
    lines = _pricing_lines(working, currency)
    for index, (day, value) in enumerate(working["values"]):
        text = f"{day_text(day)}: {units_text(value)}, the last value of the vendor's month"
        if already and index == 0:
            left = format_micro(max(value - already, 0))
            text += f", less {format_micro(already)} billed in the period before = {left}"
        lines.append(text)
    return lines + _whole_price(working, currency) + _estimated_lines(working)


def _one_time(working: Working, currency: str) -> list[str]:
    """Something that happens once."""
    lines = _pricing_lines(working, currency)
    lines.append(f"Once, on {day_text(working['on'])}")
    return lines + _whole_price(working, currency) + _estimated_lines(working)


def _whole_price(working: Working, currency: str) -> list[str]:
    exact = price_of(working["units"], price=_price(working), terms=_terms(working))
    return [
        _priced(working["units"], working, currency=currency),
        rounded_text(exact, denominator=1, currency=currency),
    ]


def _discount(working: Working, currency: str) -> list[str]:
    """A discount line."""
    percent, base = working["percent"], working["discounted_amount"]
    exact = -base * percent * exact_per_minor(minor_digits(currency))
    return [
        (
            f"{format_micro(percent)} % off {format_minor(base, currency)} = "
            f"{format_minor(working['amount'], currency)}"
        ),
        rounded_text(exact, denominator=WHOLE_PERCENTAGE, currency=currency),
    ]


def _minimum_amount(working: Working, currency: str) -> list[str]:
    """The top-up to a minimum amount."""
    covered, in_period = working["covered_days"], working["days_in_period"]
    exact = working["minimum_amount"] * MICRO
    wanted = format_minor(working["amount"] + working["net"], currency)
    minimum, days = money_text(exact, currency=currency), plural(covered, noun="covered day")
    return [
        f"Minimum {minimum} x {days} / {in_period} days in the period = {wanted}",
        rounded_text(exact * covered, denominator=in_period, currency=currency),
        (
            f"{wanted} less {format_minor(working['net'], currency)} charged for the period = "
            f"{format_minor(working['amount'], currency)}"
        ),
    ]


def _pricing_lines(working: Working, currency: str) -> list[str]:
    """What was agreed beside the price: included units, minimum, package size, tiers."""
    lines = []
    if "included" in working:
        lines.append(f"Included: {units_text(working['included'])}")
    if "minimum" in working:
        lines.append(f"At least {units_text(working['minimum'])} charged")
    if "package_size" in working:
        lines.append(f"Sold in packages of {units_text(working['package_size'])}")
    if "tiers" in working:
        how = (
            "each tier at its own price"
            if working["pricing"] == PricingKind.GRADUATED
            else ("all units at the price of the tier they reach")
        )
        tiers = ", ".join(_tier(tier, currency) for tier in _price(working).tiers)
        lines.append(f"Tiers, {how}: {tiers}")
    return lines


def _tier(tier: Tier, currency: str) -> str:
    price = money_text(tier.price * MICRO, currency=currency)
    return (
        f"above at {price}"
        if tier.up_to is None
        else (f"up to {format_micro(tier.up_to)} at {price}")
    )


def _priced(units: Micro, working: Working, *, currency: str) -> str:
    """How f(units) comes about: "37 units: 15 x 3.20 + 15 x 2.80 + 7 x 2.50 = 107.50"."""
    terms, price = _terms(working), _price(working)
    total = money_text(price_of(units, price=price, terms=terms), currency=currency)
    if working["pricing"] == PricingKind.FLAT:
        return f"{units_text(units)}: flat {total}"
    quantity = charged_quantity(units, terms=terms)
    counted = _counted(units, quantity)
    if working["pricing"] == PricingKind.PACKAGE:
        packages = plural(started_packages(quantity, terms=terms), noun="package")
        return f"{counted}: {packages} x {_unit_price(working, currency)} = {total}"
    if working["pricing"] == PricingKind.PER_UNIT:
        return f"{counted} x {_unit_price(working, currency)} = {total}"
    parts = (
        graduated_parts(quantity, tiers=price.tiers)
        if working["pricing"] == PricingKind.GRADUATED
        else [(quantity, volume_tier(quantity, tiers=price.tiers))]
    )
    factors = [
        f"{format_micro(part)} x {money_text(tier.price * MICRO, currency=currency)}"
        for part, tier in parts
    ]
    return f"{counted}: {' + '.join(factors) or '0'} = {total}"


def _counted(units: Micro, quantity: Micro) -> str:
    text = units_text(units)
    return text if quantity == units else f"{text}, {format_micro(quantity)} charged,"


def _estimated_lines(working: Working) -> list[str]:
    runs = working.get("runs")
    days = (
        working["estimated_days"]
        if runs is None
        else sum(days_between(start, end=end) for start, end, _, estimated in runs if estimated)
    )
    return [f"Estimated from the last accepted count: {plural(days, noun='day')}"] if days else []


def _unit_price(working: Working, currency: str) -> str:
    return money_text(working["price"] * MICRO, currency=currency)


def _terms(working: Working) -> ServiceTerms:
    """The part of the terms that prices units, out of a working."""
    return ServiceTerms(
        billing=Billing(working["billing"]),
        unit_changes=UnitChanges.PRORATE_DAILY,
        counting=CountingRule.LEVEL,
        pricing=PricingKind(working["pricing"]),
        prices=(),
        minor_digits=0,
        minimum=working.get("minimum", 0),
        included=working.get("included", 0),
        package_size=working.get("package_size", MICRO),
    )


def _price(working: Working) -> Price:
    tiers = tuple(Tier(up_to, price) for up_to, price in working.get("tiers", ()))
    return Price(unit_price=0 if tiers else working["price"], tiers=tiers)
