"""Credits give back the tax of every group: never more than is left, in the end exactly all."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.support.taxes import plain

from icb.invoicing.credit import Credit, Left, LineLeft, credit
from icb.kernel.errors import InvalidInput, Refused
from icb.rating.tax import LineTax, TaxedLine, TaxPart, document_taxes

MICRO = 1_000_000
GST = TaxPart("GST", 5 * MICRO)
COMPOUND = LineTax("qc", "S", (GST, TaxPart("PST", 9_975_000, is_compound=True)))
TAXES = (
    None,
    plain(20 * MICRO),
    plain(7_500_000),
    LineTax("gst", "S", (GST,)),
    COMPOUND,
    LineTax("", "E", (TaxPart("", 0),), "Certificate 1"),
)


def left(lines: list[TaxedLine]) -> Left:
    """What is left of an invoice of these lines that nothing was credited of."""
    made = document_taxes(lines)
    return Left(
        "INV-000001",
        "EUR",
        [LineLeft(number, *line) for number, line in enumerate(lines, start=1)],
        {total.key: total.tax for total in made.totals},
    )


def less(before: Left, made: Credit) -> Left:
    """What is left after a credit."""
    taken = {line.position: line.amount for line in made.lines}
    tax = {total.key: total.tax for total in made.taxes.totals}
    return before._replace(
        lines=[
            line._replace(left=line.left + taken.get(line.position, 0)) for line in before.lines
        ],
        tax={key: amount + tax.get(key, 0) for key, amount in before.tax.items()},
    )


def test_a_compound_tax_is_given_back_part_by_part() -> None:
    before = left([(COMPOUND, 10010), (COMPOUND, 5005)])
    assert list(before.tax.values()) == [751, 1573]
    first = credit(before, positions=[1])
    assert [(one.net, one.tax) for one in first.taxes.totals] == [(-10010, -501), (-10511, -1048)]
    after = less(before, first)
    rest = credit(after)
    assert [(one.net, one.tax) for one in rest.taxes.totals] == [(-5005, -250), (-5255, -525)]
    assert less(after, rest).gross == 0


def test_reasons_stand_on_credits_too() -> None:
    made = credit(left([(TAXES[5], 500)]))
    assert [(one.reason, one.tax) for one in made.taxes.totals] == [("Certificate 1", 0)]


LINES = st.lists(st.tuples(st.sampled_from(TAXES), st.integers(1, 900)), min_size=1, max_size=5)
STEPS = st.lists(st.one_of(st.integers(1, 5), st.integers(100, 500)), max_size=8)


def taken(step: int) -> dict[str, Any]:
    """One of the lines 1 to 5, or an amount."""
    return {"net": step - 99} if step > 5 else {"positions": [step]}


@given(LINES, STEPS)
def test_credits_in_any_order_give_back_the_tax_of_each_group(
    lines: list[TaxedLine], steps: list[int]
) -> None:
    invoice = before = left(lines)
    given_back = dict.fromkeys(invoice.tax, 0)
    for how in [*map(taken, steps), {}]:
        try:
            made = credit(before, **how)
        except (Refused, InvalidInput):
            continue
        before = less(before, made)
        assert all(amount >= 0 for amount in before.tax.values())
        assert sum(map(sum, made.taxes.shares)) == sum(one.tax for one in made.taxes.totals)
        for one in made.taxes.totals:
            assert one.tax <= 0
            given_back[one.key] -= one.tax
    assert before.gross == 0
    assert given_back == dict(invoice.tax)
