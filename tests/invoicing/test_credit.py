"""Credits: never more than is left, and in the end exactly everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.taxes import plain, totals

from icb.invoicing.credit import Credit, Left, LineLeft, credit
from icb.kernel.errors import InvalidInput, Refused
from icb.rating.tax import TaxKey, document_taxes, keys_of

HIGH, LOW = 21_000_000, 9_000_000


def left(*lines: tuple[int | None, int]) -> Left:
    """What is left of an invoice of these (rate, amount) lines that nothing was credited of."""
    return Left(
        "INV-000001",
        "EUR",
        [
            LineLeft(number, plain(rate), amount)
            for number, (rate, amount) in enumerate(lines, start=1)
        ],
        {
            total.key: total.tax
            for total in document_taxes([(plain(rate), amount) for rate, amount in lines]).totals
        },
    )


def less(before: Left, made: Credit) -> Left:
    """What is left after a credit."""
    taken = {line.position: line.amount for line in made.lines}
    tax = {total.key: total.tax for total in made.taxes.totals}
    return before._replace(
        lines=[
            line._replace(left=line.left + taken.get(line.position, 0)) for line in before.lines
        ],
        tax={rate: amount + tax.get(rate, 0) for rate, amount in before.tax.items()},
    )


def key(rate: int) -> TaxKey:
    """The group of the lines with this percentage."""
    (found,) = keys_of(plain(rate))
    return found


def lines_of(made: Credit) -> list[tuple[int, int | None, int]]:
    """Position, percentage and amount of the lines of a credit."""
    return [
        (line.position, line.tax.percent if line.tax else None, line.amount) for line in made.lines
    ]


def test_a_full_credit_turns_every_sign() -> None:
    before = left((HIGH, 24030), (LOW, 8995), (None, 500), (HIGH, 0))
    made = credit(before)
    assert [line.amount for line in made.lines] == [-24030, -8995, -500]
    assert totals(made.taxes) == [
        (HIGH, -24030, -5046),
        (LOW, -8995, -810),
    ]
    assert made.gross == -before.gross
    assert less(before, made).gross == 0


def test_lines_are_credited_with_what_is_left_of_them() -> None:
    made = credit(left((HIGH, 24030), (LOW, 8995)), positions=[2])
    assert lines_of(made) == [(2, LOW, -8995)]
    assert totals(made.taxes) == [(LOW, -8995, -810)]


def test_an_amount_is_shared_among_the_lines_and_adds_up() -> None:
    made = credit(left((HIGH, 100), (HIGH, 100), (HIGH, 100)), net=100)
    assert [line.amount for line in made.lines] == [-34, -33, -33]
    assert made.taxes.totals[0].tax == -21
    among = credit(left((HIGH, 100), (LOW, 100)), positions=[2], net=40)
    assert lines_of(among) == [(2, LOW, -40)]
    assert totals(among.taxes) == [(LOW, -40, -4)]
    # The part of the second line is 0, so it has no line on the credit note.
    assert len(credit(left((None, 10_000), (None, 1)), net=1).lines) == 1


def test_the_last_credit_of_a_rate_takes_the_rest_of_its_tax() -> None:
    # 3 x 0.33 at 20 % is 0.066 each, rounded up to 0.07; the invoice charged 0.20 on 0.99.
    before = left((20_000_000, 33), (20_000_000, 33), (20_000_000, 33))
    taxed = []
    for position in (1, 2, 3):
        made = credit(before, positions=[position])
        taxed.append(made.taxes.totals[0].tax)
        before = less(before, made)
    assert taxed == [-7, -7, -6]
    assert before.gross == 0


def test_small_credits_take_no_more_tax_than_was_charged() -> None:
    before = left((50_000_000, 4))  # tax 0.02
    taxed = []
    for _ in range(4):
        made = credit(before, net=1)  # 0.005, rounded up to 0.01
        taxed.append(made.taxes.totals[0].tax)
        before = less(before, made)
    assert taxed == [-1, -1, 0, 0]


def test_a_charge_is_credited_that_a_credit_beside_it_outweighs() -> None:
    before = left((HIGH, 1000), (HIGH, -600), (None, 5000))
    made = credit(before, positions=[1])
    assert totals(made.taxes) == [(HIGH, -1000, -210)]
    after = less(before, made)
    assert after.tax == {key(HIGH): -126}
    assert credit(after).gross == -(5000 - 600 - 126)
    # Of a rate whose net is negative, what is credited stays within its tax as well.
    mixed = credit(after, positions=[2, 3])
    assert totals(mixed.taxes) == [(HIGH, 600, 126)]


def test_a_part_of_a_negative_rate_stays_within_its_tax() -> None:
    before = left((50_000_000, -1), (50_000_000, -1), (None, 1000), (None, 500))
    before = before._replace(tax={key(50_000_000): -1})
    made = credit(before, positions=[1, 3])
    assert totals(made.taxes) == [(50_000_000, 1, 1)]
    after = less(before, made)
    assert after.tax == {key(50_000_000): 0}


def refused(before: Left, code: str, **how: Any) -> str:
    with pytest.raises(Refused) as caught:
        credit(before, **how)
    assert caught.value.code == code
    return caught.value.message


def test_what_exceeds_is_refused() -> None:
    before = left((HIGH, 1000), (HIGH, -600))
    assert "10.00 EUR" in refused(before, "credit_exceeds", positions=[1])
    assert "4.00 EUR" in refused(before, "credit_exceeds", net=401)
    # Before tax it fits, tax included it does not: the other rate's tax outweighs.
    uneven = left((HIGH, 1000), (LOW, 1000), (LOW, -999), (50_000_000, -500), (None, 500))
    assert "tax included" in refused(uneven, "credit_exceeds", positions=[1])


def test_what_lowers_nothing_is_refused() -> None:
    assert "would not lower" in refused(left((None, 10), (None, -4)), "credit_adds", positions=[2])
    assert "already" in refused(left((None, 0)), "nothing_left")
    assert "line 2" in refused(left((None, 5), (None, 0)), "nothing_left", positions=[2])


def test_an_amount_over_several_tax_rates_is_refused() -> None:
    message = refused(left((HIGH, 100), (None, 100)), "several_tax_rates", net=10)
    assert "21 %, no tax" in message
    assert "Name the lines" in message
    # A line with nothing left does not count.
    assert credit(left((HIGH, 100), (LOW, 0)), net=10).gross == -12


@pytest.mark.parametrize(
    ("how", "field"),
    [({"positions": [3]}, "lines"), ({"positions": []}, "lines"), ({"net": 0}, "net")],
)
def test_what_cannot_be_meant_is_refused(how: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        credit(left((None, 5), (None, 6)), **how)
    assert caught.value.field == field


def taken(step: int) -> dict[str, Any]:
    """One of the lines 1 to 5, or an amount."""
    return {"net": step - 99} if step > 5 else {"positions": [step]}


RATES = st.sampled_from([None, 0, 7_000_000, HIGH, 50_000_000])
LINES = st.lists(st.tuples(RATES, st.integers(-300, 900)), min_size=1, max_size=5)
STEPS = st.lists(st.one_of(st.integers(1, 5), st.integers(100, 500)), max_size=6)


@given(LINES, STEPS)
def test_whatever_is_credited_nothing_is_exceeded_and_a_last_credit_ends_at_zero(
    lines: Sequence[tuple[int | None, int]], steps: Sequence[int]
) -> None:
    before = left(*lines)
    for step in steps:
        try:
            made = credit(before, **taken(step))
        except (Refused, InvalidInput):
            continue
        after = less(before, made)
        assert made.gross < 0
        assert after.gross >= 0
        assert after.net >= 0
        assert sum(total.net for total in made.taxes.totals) == sum(
            line.amount for line in made.lines if line.tax is not None
        )
        assert sum(total.tax for total in made.taxes.totals) == sum(map(sum, made.taxes.shares))
        before = after
    if before.gross > 0 and before.net > 0:
        ended = less(before, credit(before))
        assert ended.gross == 0
        assert not any(ended.tax.values())
        assert not any(line.left for line in ended.lines)
