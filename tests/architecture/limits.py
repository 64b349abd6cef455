"""How long a file and a function may be, and what a function may take.

What was over a limit when the limit came stands in baseline.json. An entry there may only become
smaller or go: `python -m tests.architecture.limits` writes the smaller baseline and refuses to
write a larger one.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.architecture.source import Source, sources

BASELINE = Path(__file__).with_name("baseline.json")
FILE_LINES, TEST_FILE_LINES = 500, 800
FUNCTION_LINES = 60
PARAMETERS = 5
ADVICE = {
    "file": f"split it by noun; a file has at most {FILE_LINES} lines, a test {TEST_FILE_LINES}",
    "length": f"name a part of it; a function has at most {FUNCTION_LINES} lines",
    "parameters": f"pass a dataclass; a function takes at most {PARAMETERS} parameters",
    "positional": "put a * after the first parameter, so that a call names the others",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def excesses(source: Source) -> Iterator[tuple[str, int]]:
    """What is over a limit in one file, as (limit and place, how much there is)."""
    lines = len(source.text.splitlines())
    if lines > (TEST_FILE_LINES if source.path.startswith("tests/") else FILE_LINES):
        yield f"file {source.path}", lines
    for name, function, owner in functions(source.tree):
        place = f"{source.path} {name}"
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > FUNCTION_LINES:
            yield f"length {place}", length
        if source.path.startswith("tests/") or is_shaped_by_framework(function, owner):
            continue
        taken = own_parameters(function, owner)
        if len(taken) > PARAMETERS:
            yield f"parameters {place}", len(taken)
        positional = [name for name in taken if name not in keyword_only(function)]
        if positional[:1] == ["request"]:
            # Every view and what it calls take it first, as methods take self.
            del positional[0]
        if len(positional) > 1 and not any(part.startswith("_") for part in name.split(".")):
            yield f"positional {place}", len(positional)


def functions(tree: ast.Module) -> Iterator[tuple[str, Function, ast.ClassDef | None]]:
    """Each function and method with its dotted name and its class."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node, None
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, Function):
                    yield f"{node.name}.{inner.name}", inner, node


def own_parameters(function: Function, owner: ast.ClassDef | None) -> list[str]:
    """The names a caller may pass: without self or cls, without *args and **kwargs."""
    arguments = function.args
    taken = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    is_static = any(name == "staticmethod" for name in decorators(function))
    if owner is not None and not is_static:
        taken = taken[1:]
    return taken + [argument.arg for argument in arguments.kwonlyargs]


def keyword_only(function: Function) -> set[str]:
    """The names that a caller must write out."""
    return {argument.arg for argument in function.args.kwonlyargs}


def is_shaped_by_framework(function: Function, owner: ast.ClassDef | None) -> bool:
    """Whether somebody else fixes the signature: an override, a special method, a command."""
    is_special = function.name.startswith("__") and function.name != "__init__"
    is_override = owner is not None and bool(owner.bases)
    registers = any("." in name for name in decorators(function))
    return is_special or is_override or registers


def decorators(function: Function) -> list[str]:
    """The dotted names of a function's decorators, such as app.command."""
    nodes = [node.func if isinstance(node, ast.Call) else node for node in function.decorator_list]
    return [ast.unparse(node) for node in nodes]


def measured() -> dict[str, int]:
    """Everything that is over a limit in the tree now."""
    return dict(sorted(pair for source in sources() for pair in excesses(source)))


def baseline() -> dict[str, int]:
    """What is allowed to be over a limit, and by how much."""
    allowed: dict[str, int] = json.loads(BASELINE.read_text("utf-8"))
    return allowed


def grown(*, allowed: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    """What is over a limit without being allowed to, with the way out."""
    return [
        f"{place} ({count}): {ADVICE[place.split()[0]]}"
        for place, count in found.items()
        if count > allowed.get(place, 0)
    ]


def shrunk(*, allowed: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    """Entries of the baseline that allow more than there is."""
    return [place for place, count in allowed.items() if found.get(place, 0) < count]


def write_smaller_baseline() -> int:
    """Write what is measured as the baseline, unless something grew."""
    found = measured()
    over = grown(allowed=baseline(), found=found)
    if over:
        print("\n".join(over))
        return 1
    BASELINE.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(f"{len(found)} places over a limit")
    return 0


if __name__ == "__main__":
    sys.exit(write_smaller_baseline())
