"""Every action asks for a permission and leaves one audit event: read from the calls it makes.

An action is a public function of an actions file that opens a transaction. What it reaches is found
by the names of the functions and methods it calls, at any depth; a name that several share counts
for all of them, so the rule finds an action that never gets near the audit, not one that takes a
wrong turn.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from tests.architecture.source import Finding, Source

NEEDED = {
    "require": "ask with foundation.actor.require for the permission that this needs",
    "record": "tell the audit with foundation.audit.record what was changed",
}
# What an action may leave out, and why.
LEFT_OUT = {
    # Opens a transaction to undo it: there is no change to tell.
    ("src/icb/billing/actions.py", "preview"): "record",
    # Called by an action of mapping, which has asked for a mapper's permission.
    ("src/icb/contracts/actions/dated.py", "choose_unit_changes"): "require",
}

CallsByName = Mapping[str, set[str]]


def is_actions_file(path: str) -> bool:
    """Whether a file of an app holds its actions."""
    folder, _, name = path.rpartition("/")
    return name.endswith("actions.py") or folder.endswith("/actions")


def calls_by_name(sources: Iterable[Source]) -> CallsByName:
    """What each function, method and class of that name calls, directly."""
    found: dict[str, set[str]] = {}
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.setdefault(node.name, set()).update(called(node))
    return found


def called(node: ast.AST) -> set[str]:
    """The names that are called inside `node`, without what they stand on."""
    functions = [inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    return {getattr(function, "attr", getattr(function, "id", "")) for function in functions}


def reached(name: str, *, calls: CallsByName) -> set[str]:
    """Every name that a call of `name` may lead to."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        fresh = calls.get(waiting.pop(), set()) - seen
        seen |= fresh
        waiting += fresh
    return seen


def incomplete_actions(source: Source, *, calls: CallsByName) -> Iterator[Finding]:
    """The actions of a file that ask for no permission or leave no audit event."""
    if not is_actions_file(source.path):
        return
    for node in source.tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        if "transaction" not in called(node):
            continue
        leads_to = reached(node.name, calls=calls)
        for name, advice in NEEDED.items():
            if name not in leads_to and LEFT_OUT.get((source.path, node.name)) != name:
                yield source.at(node, f"{node.name}: {advice}")
