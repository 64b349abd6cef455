"""The house rules that a parsed file can break, one function each.

Each rule takes a Source and yields findings; each finding's message names what to write instead.
test_rules.py shows every rule one example that passes and one that does not.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache

from tests.architecture.source import ROOT, Finding, Source

Rule = Callable[[Source], Iterator[Finding]]

# Where a number can become money.
EXACT_PACKAGES = {
    "accounting",
    "billing",
    "contracts",
    "hub",
    "invoicing",
    "kernel",
    "mapping",
    "organizations",
    "payments",
    "rating",
}
ROUNDING = "src/icb/kernel/rounding.py"
CLOCK = "src/icb/kernel/clock.py"
CLOCK_READERS = {"now", "utcnow", "today", "localtime", "gmtime", "localdate", "time", "time_ns"}
CLOCK_OWNERS = {"date", "datetime", "dt", "time", "timezone"}
CLOCK_IN_SQL = re.compile(
    r"\b(SELECT|SET|VALUES|INSERT|DEFAULT)\b.*(\bCURRENT_(TIMESTAMP|DATE|TIME)\b|\bnow\(\)|\('now')",
    re.IGNORECASE | re.DOTALL,
)
INEXACT_FIELDS = {"DecimalField", "FloatField"}
VAGUE_FILES = {
    "services": "a verb in actions.py, a read in queries.py ('service' is what a provider sells)",
    "utils": "a module named after what it holds",
    "util": "a module named after what it holds",
    "helpers": "a module named after what it holds",
    "common": "a module named after what it holds",
    "misc": "a module named after what it holds",
    "signals": "a plain call in actions.py",
}
HIDDEN_CALLS = {
    "pre_save",
    "post_save",
    "pre_delete",
    "post_delete",
    "m2m_changed",
    "pre_init",
    "post_init",
}
OWN_MODULE = re.compile(r"icb\.(\w+)(?:\.\w+)*")
# A program names what wires it: Django its settings, a command the start of everything.
WIRING = {"icb.config.settings", "icb.config.setup"}
# By these a program reaches the network, the disk or other programs, or code by its name.
WAYS_OUT = {
    "asyncio",
    "ctypes",
    "ftplib",
    "http.client",
    "http.server",
    "importlib",
    "multiprocessing",
    "os",
    "pathlib",
    "shutil",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "subprocess",
    "tempfile",
    "urllib.request",
}
UNFINISHED = re.compile("#.*\\b(" + "TO" + "DO|FIX" + "ME|XX" + "X)\\b")
SILENCED = re.compile(r"#\s*(type:\s*ignore(?!\[)|noqa(?!:\s*[A-Z]+[0-9]))")


def exact_numbers(source: Source) -> Iterator[Finding]:
    """Money and quantities are never rounded or made floating outside the one rounding place."""
    if source.package not in EXACT_PACKAGES or source.path == ROUNDING:
        return
    checked_types = set(_names_in_type_checks(source.tree))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "round":
                yield source.at(node, "round(): use kernel.rounding.round_ratio")
        elif isinstance(node, ast.Attribute) and node.attr in ("quantize", "to_integral"):
            yield source.at(node, f".{node.attr}: use kernel.rounding.round_ratio")
        elif isinstance(node, ast.Name) and node.id == "float" and node not in checked_types:
            yield source.at(node, "float: use Decimal at the edges, whole millionths inside")
        elif isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield source.at(node, f"{node.value}: write Decimal('{node.value}') or millionths")


def _names_in_type_checks(tree: ast.Module) -> Iterator[ast.AST]:
    """The type arguments of isinstance: a check that refuses floats has to name them."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id == "isinstance":
            yield from (part for argument in node.args[1:] for part in ast.walk(argument))


def one_clock(source: Source) -> Iterator[Finding]:
    """Only kernel/clock.py asks what time it is, so that tests and scenarios can stand still."""
    if not source.path.startswith("src/") or source.path == CLOCK:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in CLOCK_READERS:
            if ast.unparse(node.value).rsplit(".", 1)[-1] in CLOCK_OWNERS:
                yield source.at(node, f".{node.attr}: use kernel.clock.{_clock_name(node.attr)}")
        elif isinstance(node, ast.ImportFrom):
            taken = {alias.name for alias in node.names} & CLOCK_READERS
            if node.module in ("django.utils.timezone", "time") and taken:
                yield source.at(node, f"{node.module}: use kernel.clock.now or .today")
        elif isinstance(node, ast.keyword) and node.arg in ("auto_now", "auto_now_add"):
            yield source.at(node.value, f"{node.arg}: the action writes kernel.clock.now()")
    yield from _clock_in_statements(source)


def _clock_name(attribute: str) -> str:
    return "today" if attribute in ("today", "localdate") else "now"


def _clock_in_statements(source: Source) -> Iterator[Finding]:
    prose = set(_docstrings(source.tree))
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if node not in prose and CLOCK_IN_SQL.search(node.value):
            yield source.at(node, "the database's clock: pass kernel.clock.now() to the statement")


def _docstrings(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def exact_fields(source: Source) -> Iterator[Finding]:
    """A DecimalField is a binary float on SQLite, and a FloatField everywhere."""
    if not source.path.startswith("src/"):
        return
    for node in ast.walk(source.tree):
        name = getattr(node, "attr", None) or getattr(node, "id", None)
        if isinstance(node, ast.Attribute | ast.Name) and name in INEXACT_FIELDS:
            yield source.at(node, f"{name}: use foundation.fields.QuantityField or AmountField")


def telling_file_names(source: Source) -> Iterator[Finding]:
    """A file is named after what it holds."""
    stem = source.path.rsplit("/", 1)[-1].removesuffix(".py")
    if stem in VAGUE_FILES:
        yield Finding(source.path, 1, f"{stem}.py: write {VAGUE_FILES[stem]}")


def visible_calls(source: Source) -> Iterator[Finding]:
    """What follows from a change is called by the action that makes it."""
    if not source.path.startswith("src/"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.db.models.signals":
            for alias in node.names:
                if alias.name in HIDDEN_CALLS:
                    yield source.at(node, f"{alias.name}: call it from the action instead")


def open_imports(source: Source) -> Iterator[Finding]:
    """A higher layer is not fetched by its name in a text either."""
    heights = layer_heights()
    own = heights.get(source.package)
    if own is None:
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        match = OWN_MODULE.fullmatch(node.value)
        if match and heights.get(match[1], 0) > own and node.value not in WIRING:
            yield source.at(
                node, f"{node.value} by name: let the layer above pass in what is needed from there"
            )


@cache
def layer_heights() -> dict[str, int]:
    """Each package of pyproject.toml's layers with its height; the lowest is 0."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (listed,) = [contract["layers"] for contract in contracts if contract["id"] == "layers"]
    return {
        name.strip(" ()"): height
        for height, line in enumerate(reversed(listed))
        for name in line.split("|")
    }


def documented_functions(source: Source) -> Iterator[Finding]:
    """A public function says what it means; a method that a framework calls need not."""
    if not source.path.startswith(("src/", "dev/")):
        return
    for function, owner in _functions(source.tree):
        if function.name.startswith("_") or ast.get_docstring(function):
            continue
        if owner is None or (not owner.name.startswith("_") and not owner.bases):
            yield source.at(
                function, f"{function.name}: say in a docstring what it means, gives and raises"
            )


def _functions(
    tree: ast.Module,
) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, ast.ClassDef | None]]:
    """The functions of a module and the methods of its classes, without nested ones."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, None
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield inner, node


def finished_work(source: Source) -> Iterator[Finding]:
    """Unfinished work stands in the tracker, not in a comment."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        if UNFINISHED.search(line):
            yield Finding(source.path, number, "a note of unfinished work: finish or track it")


def named_silences(source: Source) -> Iterator[Finding]:
    """A check is silenced for one named code, never as a whole."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        if SILENCED.search(line):
            yield Finding(source.path, number, "a check silenced as a whole: name its code")


def adapters_stand_alone(source: Source) -> Iterator[Finding]:
    """An adapter knows the port, the kernel and itself, and has no way out but the port's."""
    if source.package != "modules":
        return
    parts = source.path.split("/")
    # What stands directly in modules/ is shared by adapters and knows none of them.
    own = f"icb.modules.{parts[3]}" if len(parts) > 4 else None
    for node, name in _imported(source.tree):
        root = name.partition(".")[0]
        if root == "icb":
            is_shared = name.startswith("icb.modules.") and name in _shared_by_adapters()
            is_own = own is not None and (name == own or name.startswith(f"{own}."))
            is_known = name == "icb.hub.ports" or name.startswith("icb.kernel")
            if not (is_known or is_shared or is_own):
                yield source.at(node, f"{name}: an adapter imports icb.hub.ports and icb.kernel")
        elif root not in sys.stdlib_module_names or _has_way_out(name):
            yield source.at(node, f"{name}: ask through the Http of the port; nothing else leaves")


def _has_way_out(name: str) -> bool:
    return any(name == way or name.startswith(f"{way}.") for way in WAYS_OUT)


@cache
def _shared_by_adapters() -> frozenset[str]:
    folder = ROOT / "src" / "icb" / "modules"
    return frozenset(f"icb.modules.{path.stem}" for path in folder.glob("*.py"))


def _imported(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Each module that is imported, also as a name out of its package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            is_package = node.module in ("icb", "icb.hub", "icb.modules", "urllib", "http")
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((node, name) for name in (names if is_package else [node.module or ""]))


def plain_module_docstring(source: Source) -> Iterator[Finding]:
    """A module opens with what it holds, so that a reader can pass it by."""
    is_ours = source.path.startswith(("src/", "dev/")) and not source.path.endswith("/apps.py")
    if is_ours and source.tree.body and not ast.get_docstring(source.tree):
        yield Finding(source.path, 1, "a module without a docstring: say in a line what it holds")


RULES: tuple[Rule, ...] = (
    exact_numbers,
    one_clock,
    exact_fields,
    telling_file_names,
    visible_calls,
    open_imports,
    documented_functions,
    finished_work,
    named_silences,
    plain_module_docstring,
    adapters_stand_alone,
)
