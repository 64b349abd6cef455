"""Functions and files stay short; what is over a limit may only become less."""

from __future__ import annotations

import pytest
from tests.architecture.limits import baseline, excesses, grown, measured, shrunk
from tests.architecture.source import Source

pytestmark = pytest.mark.architecture

PATH = "src/icb/billing/diff.py"


def found(text: str, path: str = PATH) -> list[str]:
    """The limits that `text` is over, without their places."""
    return [place.split()[0] for place, _ in excesses(Source.of(path, text))]


def function_of(lines: int) -> str:
    """A function that is `lines` long."""
    return "def f() -> None:\n" + "    pass\n" * (lines - 1)


def test_a_function_of_sixty_lines_passes_and_one_more_does_not() -> None:
    assert found(function_of(60)) == []
    assert found(function_of(61)) == ["length"]


def test_five_parameters_pass_and_six_do_not() -> None:
    assert found("def f(a, *, b, c, d, e): ...\n") == []
    assert found("def f(a, *, b, c, d, e, g): ...\n") == ["parameters"]


def test_only_the_first_parameter_may_go_without_its_name() -> None:
    assert found("def f(a, *, b): ...\n") == []
    assert found("class A:\n    def f(self, a): ...\n") == []
    assert found("def f(a, b): ...\n") == ["positional"]
    assert found("def _f(a, b): ...\n") == []
    assert found("class _A:\n    def f(self, a, b): ...\n") == []


def test_a_signature_that_a_framework_fixes_is_free() -> None:
    assert found("class A(Field):\n    def f(self, a, b): ...\n") == []
    assert found("@app.command()\ndef f(a, b, c, d, e, g): ...\n") == []


def test_a_file_has_five_hundred_lines_and_a_test_eight_hundred() -> None:
    assert found("x = 1\n" * 500) == []
    assert found("x = 1\n" * 501) == ["file"]
    assert found("x = 1\n" * 800, "tests/billing/test_diff.py") == []
    assert found("x = 1\n" * 801, "tests/billing/test_diff.py") == ["file"]


def test_the_baseline_lets_nothing_grow_and_forgets_nothing_that_shrank() -> None:
    allowed = {"length a f": 70}
    assert grown(allowed=allowed, found={"length a f": 70}) == []
    (message,) = grown(allowed=allowed, found={"length a f": 71})
    assert "name a part of it" in message
    assert shrunk(allowed=allowed, found={"length a f": 70}) == []
    assert shrunk(allowed=allowed, found={"length a f": 69}) == ["length a f"]
    assert shrunk(allowed=allowed, found={}) == ["length a f"]


def test_nothing_in_the_tree_is_over_a_limit_that_was_not_before() -> None:
    over = grown(allowed=baseline(), found=measured())
    assert not over, "\n".join(["", *over])


def test_the_baseline_allows_no_more_than_there_is() -> None:
    spare = shrunk(allowed=baseline(), found=measured())
    assert not spare, f"run python -m tests.architecture.limits: {spare}"
