"""All that is wrong with one input is found first, and told together."""

import pytest

from icb.kernel.errors import InvalidInput, Refused
from icb.kernel.problems import SHOWN, Problems, unknown


def be_too_late() -> None:
    """Fail inside a block."""
    raise Refused("too_late", "It is too late.")


def test_nothing_found_raises_nothing() -> None:
    problems = Problems()
    problems.raise_if_any()
    assert len(problems) == 0


def test_one_problem_is_raised_as_it_is() -> None:
    problems = Problems()
    with problems.noting(at="line 3"):
        be_too_late()
    assert len(problems) == 1
    with pytest.raises(Refused) as refusal:
        problems.raise_if_any()
    assert str(refusal.value) == "line 3: It is too late."
    assert refusal.value.details == {"at": "line 3"}


def test_several_problems_are_told_a_line_each() -> None:
    problems = Problems()
    problems.add(InvalidInput(field="price", message="price: bad."))
    with problems.noting():
        be_too_late()
    with pytest.raises(InvalidInput) as refusal:
        problems.raise_if_any()
    assert refusal.value.code == "invalid_price"
    assert str(refusal.value) == "price: bad.\nIt is too late."
    assert refusal.value.details["problems"] == "2"


def test_other_errors_pass() -> None:
    problems = Problems()
    with pytest.raises(ZeroDivisionError), problems.noting():
        raise ZeroDivisionError
    assert len(problems) == 0


@pytest.mark.parametrize(("count", "lines"), [(SHOWN, SHOWN), (SHOWN + 5, SHOWN + 1)])
def test_very_many_problems_are_counted(count: int, lines: int) -> None:
    problems = Problems()
    for number in range(count):
        problems.add(Refused("no", f"No {number}."))
    with pytest.raises(Refused) as refusal:
        problems.raise_if_any()
    told = str(refusal.value).splitlines()
    assert len(told) == lines
    assert told[0] == "No 0."
    assert (told[-1] == "… and 5 more.") == (count > SHOWN)


@pytest.mark.parametrize(
    ("known", "end"),
    [
        ([], "There is none yet; add it first."),
        (["low", "high"], "Known: high, low."),
        (["a", "b", "c", "m", "n", "o", "x", "y"], "Nearest of 8: c, m, n, o, x."),
        (["a", "b", "c", "d", "e", "f"], "Nearest of 6: b, c, d, e, f."),
        (["p", "q", "r", "s", "t", "u"], "Nearest of 6: p, q, r, s, t."),
    ],
)
def test_an_unknown_key_names_what_exists(known: list[str], end: str) -> None:
    error = unknown("tax rate", key="middle", known=known, where="on contract acme-1")
    assert error.code == "unknown_tax_rate"
    assert error.message == (
        f"There is no tax rate 'middle' on contract acme-1. Nothing was stored. {end}"
    )
    assert error.details == {"field": "tax_rate", "value": "middle"}


def test_an_unknown_key_without_a_place() -> None:
    assert unknown("service", key="x", known=["seat"]).message == (
        "There is no service 'x'. Nothing was stored. Known: seat."
    )
