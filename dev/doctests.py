"""Run the worked examples: those in the docs pages and those in the pure modules.

A page's example stands in a fence of the kind `pycon` or `{doctest}`; all fences of one page
share their names, so that a page can be read from top to bottom. Called with the pages; the
last line says how many examples ran, and none at all in a page that shows `>>>` is an error.
"""

from __future__ import annotations

import doctest
import importlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from dev.pure_modules import PURE_PACKAGES, pure_modules

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^(`{3,})(pycon|\{doctest\})[^\n]*\n(.*?)^\1\s*$", re.DOTALL | re.MULTILINE)
PROMPT = re.compile(r"^\s*>>> ", re.MULTILINE)


def main(pages: Sequence[str]) -> int:
    """Run everything, print failures as they come and the totals; 1 when something differs."""
    attempted = failed = 0
    for page in pages:
        result = run_page(Path(page))
        attempted, failed = attempted + result.attempted, failed + result.failed
    for module in pure_imports():
        result = doctest.testmod(module)
        attempted, failed = attempted + result.attempted, failed + result.failed
    print(f"{attempted} examples, {failed} failed")
    return int(failed > 0)


def run_page(page: Path) -> doctest.TestResults:
    """Run the examples of one page in the order they are read."""
    text = page.read_text("utf-8")
    examples = "\n".join(examples_in(text))
    if len(PROMPT.findall(examples)) != len(PROMPT.findall(text)):
        print(f"{page}: an example stands outside a pycon fence and would not be run")
        return doctest.TestResults(failed=1, attempted=0)
    test = doctest.DocTestParser().get_doctest(examples, {}, str(page), str(page), 0)
    return doctest.DocTestRunner().run(test)


def examples_in(text: str) -> list[str]:
    """The text of each example fence, each ended by the blank line that ends its output."""
    return [match.group(3) + "\n" for match in FENCE.finditer(text)]


def pure_imports() -> list[ModuleType]:
    """The modules of kernel and rating, imported."""
    source = ROOT / "src"
    paths = [path.relative_to(source).with_suffix("") for path in pure_modules(ROOT)]
    wanted = [path for path in paths if path.parts[1] in PURE_PACKAGES]
    names = [".".join(path.parts).removesuffix(".__init__") for path in wanted]
    return [importlib.import_module(name) for name in names]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
