"""Taxes of several parts, and how a group's tax is shared among its lines."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from tests.support.taxes import plain

from icb.rating.tax import (
    CATEGORIES,
    LineTax,
    TaxedLine,
    TaxKey,
    TaxPart,
    document_taxes,
    keys_of,
)

MICRO = 1_000_000
WHOLE = 100 * MICRO


def test_what_lines_have_alone_is_not_what_they_have_together() -> None:
    # 0.33 at 20 % is 0.066 each; together 0.99 has 0.198, so 0.20 and not 3 x 0.07.
    (total,), shares = document_taxes([(plain(20 * MICRO), 33)] * 3)
    assert (total.net, total.tax) == (99, 20)
    assert shares == [(7,), (7,), (6,)]
    # 0.04 at 10 % is 0.004 each, alone nothing; together 0.12 has 0.012, so 0.01.
    (total,), shares = document_taxes([(plain(10 * MICRO), 4)] * 3)
    assert total.tax == 1
    assert shares == [(1,), (0,), (0,)]


def test_a_compound_part_is_computed_on_what_stands_before_it() -> None:
    # 5 % of 100.10 is 5.005, so 5.01; 9.5 % of 105.11 is 9.98545, so 9.99. On the net: 9.51.
    gst, pst = TaxPart("GST", 5 * MICRO), TaxPart("PST", 9_500_000, is_compound=True)
    made = document_taxes([(LineTax("qc", "S", (gst, pst)), 10010)])
    assert [(one.key.name, one.key.part, one.net, one.tax) for one in made.totals] == [
        ("GST", 1, 10010, 501),
        ("PST", 2, 10511, 999),
    ]
    flat = document_taxes([(LineTax("qc", "S", (gst, pst._replace(is_compound=False))), 10010)])
    assert flat.totals[1][1:3] == (10010, 951)


def test_parts_that_agree_are_rounded_together_whatever_their_code() -> None:
    gst = TaxPart("GST", 5 * MICRO)
    west = LineTax("bc", "S", (gst, TaxPart("PST", 7 * MICRO)))
    made = document_taxes([(west, 30), (LineTax("ab", "S", (gst,)), 30), (None, 50)])
    assert [(one.key.name, one.net, one.tax, one.codes) for one in made.totals] == [
        ("GST", 60, 3, ("bc", "ab")),
        ("PST", 30, 2, ("bc",)),
    ]
    assert made.shares == [(2, 2), (1,), ()]


def test_groups_differ_in_category_percentage_and_name() -> None:
    def of(category: str, percent: int, name: str = "", reason: str = "") -> LineTax:
        return LineTax(category + name, category, (TaxPart(name, percent * MICRO),), reason)

    made = document_taxes(
        [
            (of("E", 0, reason="Article 132"), 5),
            (of("AE", 0, reason="Reverse charge"), 6),
            (of("S", 9), 7),
            (of("S", 21), 8),
            (of("E", 0, reason="Article 135"), 9),
        ]
    )
    assert [(one.key.category, one.key.percent // MICRO, one.net) for one in made.totals] == [
        ("S", 21, 8),
        ("S", 9, 7),
        ("E", 0, 14),
        ("AE", 0, 6),
    ]
    assert made.totals[2].reason == "Article 132; Article 135"


def test_charges_and_credits_of_a_group_share_its_tax() -> None:
    (total,), shares = document_taxes([(plain(20 * MICRO), amount) for amount in (333, -333, 0)])
    assert (total.net, total.tax) == (0, 0)
    assert shares == [(67,), (-67,), (0,)]


PARTS = st.builds(
    TaxPart,
    st.sampled_from(["", "GST", "PST"]),
    st.sampled_from([0, 1, 4_000_000, 7_500_000, 9_975_000, 21_000_000, 99_999_999]),
    st.booleans(),
)
TAXES = st.builds(
    LineTax,
    st.sampled_from(["a", "b"]),
    st.sampled_from(CATEGORIES),
    st.lists(PARTS, min_size=1, max_size=3).map(tuple),
)
LINES = st.lists(st.tuples(st.none() | TAXES, st.integers(-10_000, 10_000)), max_size=8)


def _exact(base: int, percent: int) -> Fraction:
    return Fraction(base * percent, WHOLE)


@given(LINES)
def test_the_lines_shares_are_the_taxes_and_each_group_is_rounded_once(
    lines: list[TaxedLine],
) -> None:
    made = document_taxes(lines)
    net: dict[TaxKey, int] = defaultdict(int)
    shared: dict[TaxKey, int] = defaultdict(int)
    for (tax, amount), shares in zip(lines, made.shares, strict=True):
        assert len(shares) == (len(tax.parts) if tax else 0)
        for place, key in enumerate(keys_of(tax)):
            assert tax is not None
            base = amount + (sum(shares[:place]) if tax.parts[place].is_compound else 0)
            net[key] += base
            shared[key] += shares[place]
            assert abs(shares[place] - _exact(base, key.percent)) < 1
            assert shares[place] * base >= 0
    assert [one.key for one in made.totals] == sorted(
        net, key=lambda key: (key.part, CATEGORIES.index(key.category), -key.percent, key.name)
    )
    for one in made.totals:
        assert (one.net, one.tax) == (net[one.key], shared[one.key])
        assert abs(one.tax - _exact(one.net, one.key.percent)) <= Fraction(1, 2)
    assert sum(map(sum, made.shares)) == sum(one.tax for one in made.totals)


@given(LINES)
def test_turning_every_sign_turns_the_taxes(lines: list[TaxedLine]) -> None:
    made = document_taxes([(tax, amount) for tax, amount in lines if amount >= 0])
    turned = document_taxes([(tax, -amount) for tax, amount in lines if amount >= 0])
    assert [one.tax for one in turned.totals] == [-one.tax for one in made.totals]
    assert turned.shares == [tuple(-share for share in shares) for shares in made.shares]
