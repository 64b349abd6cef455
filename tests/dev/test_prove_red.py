"""A seeded defect counts as seen only when its tests pass without it and fail with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dev import prove_red

PATCH = """The sum is off by one.
Test: tests/test_sum.py::test_sum

diff --git a/src/icb/sum.py b/src/icb/sum.py
--- a/src/icb/sum.py
+++ b/src/icb/sum.py
@@ -1,2 +1,2 @@
 def total(numbers):
-    return sum(numbers)
+    return sum(numbers) + {off}
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of one function and its test, and a folder for defects."""
    for name in ("src/icb", "tests/defects", "dev", "docs"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "src/icb/__init__.py").touch()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "src/icb/sum.py").write_text("def total(numbers):\n    return sum(numbers)\n")
    (tmp_path / "tests/test_sum.py").write_text(
        "from icb.sum import total\n\n\ndef test_sum():\n    assert total([1, 2]) == 3\n"
    )
    monkeypatch.setattr(prove_red, "ROOT", tmp_path)
    monkeypatch.setattr(prove_red, "FOLDER", tmp_path / "tests/defects")
    return tmp_path


def write_defect(tree: Path, *, text: str) -> None:
    """Put a defect into the tree."""
    (tree / "tests/defects/01-sum.patch").write_text(text)


def test_a_defect_that_a_test_sees_passes(tree: Path) -> None:
    write_defect(tree, text=PATCH.format(off=1))
    assert prove_red.main([]) == 0
    assert "+ 1" not in (tree / "src/icb/sum.py").read_text()


def test_a_defect_that_no_test_sees_fails(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_defect(tree, text=PATCH.format(off=0))
    assert prove_red.main([]) == 1
    assert "NOT SEEN" in capsys.readouterr().out


def test_a_patch_that_no_longer_applies_fails(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_defect(tree, text=PATCH.format(off=1).replace("total(numbers)", "other(numbers)"))
    assert prove_red.main([]) == 1
    assert "no longer applies" in capsys.readouterr().out


def test_a_test_that_is_red_anyway_proves_nothing(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_defect(tree, text=PATCH.format(off=1))
    (tree / "src/icb/sum.py").write_text("def total(numbers):\n    return 0\n")
    assert prove_red.main([]) == 1
    assert "already without the defect" in capsys.readouterr().out


def test_no_defect_at_all_is_no_proof(tree: Path) -> None:
    assert prove_red.main([]) == 1


def test_a_defect_names_its_tests(tree: Path) -> None:
    write_defect(tree, text=PATCH.format(off=1).replace("Test:", "See:"))
    with pytest.raises(ValueError, match="names no test"):
        prove_red.defects()
    write_defect(tree, text="Database: postgresql\nTest: a\nTest: b\n\ndiff --git x")
    (defect,) = prove_red.defects()
    assert (defect.database, defect.tests) == ("postgresql", ("a", "b"))
