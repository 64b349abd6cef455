"""YAML with a line for every value, and no opinion about what a value is.

YAML 1.1 turns the key `on` into true, 2026-06-01 into a date and 12.10 into a binary float.
Here every scalar stays the text that stands in the file; only a plain `true` or `false` is a
boolean and only a plain `null`, `~` or nothing is null. What a field needs, it asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from icb.scenarios.malformed import MalformedScenario

_NULLS = ("", "~", "null", "Null", "NULL")
_PLAIN_TAGS = tuple(f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map"))
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """A value in the file: its node, and the path of field names that leads to it."""

    node: yaml.Node
    path: str = ""

    @property
    def line(self) -> int:
        """The line of the file, counted from 1."""
        return int(self.node.start_mark.line) + 1

    def fail(self, problem: str) -> NoReturn:
        """Raise MalformedScenario for this place."""
        raise MalformedScenario(problem, line=self.line, field=self.path)

    @property
    def is_plain(self) -> bool:
        """Whether it is a scalar without quotes."""
        return isinstance(self.node, yaml.ScalarNode) and not self.node.style

    @property
    def is_null(self) -> bool:
        """Whether nothing stands here."""
        return self.is_plain and self.node.value in _NULLS

    @property
    def is_boolean(self) -> bool:
        """Whether a plain true or false stands here."""
        return self.is_plain and self.node.value in ("true", "false")

    def text(self) -> str:
        """The scalar's text."""
        if not isinstance(self.node, yaml.ScalarNode) or self.is_null:
            self.fail(f"a text or number belongs here, not {self.described()}")
        return str(self.node.value)

    def is_mapping(self) -> bool:
        """Whether fields stand here."""
        return isinstance(self.node, yaml.MappingNode)

    def is_list(self) -> bool:
        """Whether a list stands here."""
        return isinstance(self.node, yaml.SequenceNode)

    def fields(self) -> dict[str, Place]:
        """The fields by name, in the order of the file; none where nothing stands here."""
        if self.is_null:
            return {}
        if not isinstance(self.node, yaml.MappingNode):
            self.fail(f"fields belong here ({{name: value}}), not {self.described()}")
        found: dict[str, Place] = {}
        for key_node, value_node in self.node.value:
            key = Place(key_node, self.path).text()
            value = Place(value_node, f"{self.path}.{key}" if self.path else key)
            if key in found:
                Place(key_node, value.path).fail("the field stands here twice; keep one")
            found[key] = value
        return found

    def items(self) -> Iterator[Place]:
        """The entries of a list, numbered from 1 in their paths; none where nothing stands."""
        if self.is_null:
            return
        if not isinstance(self.node, yaml.SequenceNode):
            self.fail(f"a list belongs here, not {self.described()}")
        for number, node in enumerate(self.node.value, start=1):
            yield Place(node, f"{self.path}.{number}")

    def described(self) -> str:
        """What stands here, for a message."""
        if self.is_null:
            return "nothing"
        if isinstance(self.node, yaml.ScalarNode):
            return f'"{self.node.value}"'
        return "a list" if self.is_list() else "fields"


def load(text: str) -> Place:
    """The only document of a YAML text. Raises MalformedScenario with the line."""
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise MalformedScenario(f"not YAML: {error.problem}", line=line) from error
    except (yaml.YAMLError, ValueError) as error:
        raise MalformedScenario(f"not YAML: {error}") from error
    if root is None:
        raise MalformedScenario("the file is empty", line=1)
    _refuse_tags(root, seen=set())
    return Place(root)


def _refuse_tags(node: yaml.Node, *, seen: set[int]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    if node.tag not in _PLAIN_TAGS:
        Place(node).fail(f"the tag {node.tag} is not taken here; write the plain value")
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _refuse_tags(key, seen=seen)
            _refuse_tags(value, seen=seen)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_tags(value, seen=seen)


def plain_value(place: Place) -> Any:
    """Whatever stands here as dicts, lists, text, booleans and None; numbers stay text."""
    if place.is_mapping():
        return {name: plain_value(value) for name, value in place.fields().items()}
    if place.is_list():
        return [plain_value(item) for item in place.items()]
    if place.is_null:
        return None
    return place.node.value == "true" if place.is_boolean else place.text()


def closest(name: str, *, known: Mapping[str, object]) -> str:
    """` Did you mean "x"?` where a known name is near, else nothing."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=1)
    return f' Did you mean "{near[0]}"?' if near else ""
