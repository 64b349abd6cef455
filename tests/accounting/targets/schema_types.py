"""Intuit's XML schema as a judge of JSON: bodies carry the same names and types as elements.

Attributes and text of an element are fields too; the text of a reference is its `value`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree
from tests.conformance.contract import Call, Shape, steps_of

XS = "{http://www.w3.org/2001/XMLSchema}"
ENTITY = "IntuitObject"
# Each simple type of XML with the types that JSON has for it.
JSON_TYPES = {
    "string": (str,),
    "decimal": (int, float, Decimal),
    "boolean": (bool,),
    "int": (int,),
    "positiveInteger": (int,),
    "date": (str,),
    "dateTime": (str,),
}
CONTRACT_TYPES = {
    "string": "string",
    "decimal": "number",
    "boolean": "boolean",
    "int": "integer",
    "positiveInteger": "integer",
    "date": "string",
    "dateTime": "string",
}


@dataclass(frozen=True)
class Element:
    """A field: the name of its type, and whether there may be several."""

    type: str
    is_many: bool = False


class SchemaTypes:
    """The types of all files of a folder."""

    def __init__(self, folder: Path) -> None:
        self._types: dict[str, Any] = {}
        self._groups: dict[str, Any] = {}
        self._entities: dict[str, Element] = {}
        for path in sorted(folder.glob("*.xsd")):
            for node in etree.parse(path).getroot():
                name, type = str(node.get("name")), str(node.get("type"))
                if node.tag in (f"{XS}complexType", f"{XS}simpleType"):
                    self._types[name] = node
                elif node.tag == f"{XS}group":
                    self._groups[name] = node
                elif node.tag == f"{XS}element" and node.get("substitutionGroup") == ENTITY:
                    self._entities[name] = Element(type, True)
        self._known: dict[str, dict[str, Element]] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all types."""
        return frozenset(self._types)

    def fields(self, type: str) -> dict[str, Element]:
        """The fields of a type by name, those that it inherits too; none of a simple one."""
        if type not in self._known:
            node = self._types.get(type)
            is_complex = node is not None and node.tag == f"{XS}complexType"
            self._known[type] = dict(self._read(node)) if is_complex else {}
        return self._known[type]

    def simple(self, type: str) -> str:
        """The simple type of XML that a type is at last; blank where it is none."""
        name = type.removeprefix("xs:")
        if name in JSON_TYPES:
            return name
        node = self._types.get(type)
        if node is None or node.tag != f"{XS}simpleType":
            return ""
        base = next(node.iter(f"{XS}restriction")).get("base")
        return self.simple(base)

    def choices(self, type: str) -> set[str]:
        """The words that a simple type allows; empty where it allows any."""
        node = self._types.get(type)
        return set() if node is None else {e.get("value") for e in node.iter(f"{XS}enumeration")}

    def problems(self, value: object, *, type: str, at: str = "$") -> Iterator[str]:
        """What the schema has against a value of JSON."""
        simple = self.simple(type)
        if simple:
            yield from self._simple_problems(value, type=type, simple=simple, at=at)
            return
        if not isinstance(value, dict):
            yield f"{at}: it is no object of {type}"
            return
        fields = self.fields(type)
        for name, inner in value.items():
            place = f"{at}.{name}"
            if name not in fields:
                yield f"{place}: {type} has no such field"
            elif isinstance(inner, list):
                if not fields[name].is_many:
                    yield f"{place}: there may be one only"
                for number, each in enumerate(inner):
                    where = f"{place}[{number}]"
                    yield from self.problems(each, type=fields[name].type, at=where)
            else:
                yield from self.problems(inner, type=fields[name].type, at=place)

    def drift(self, call: Call, *, root: str) -> Iterator[str]:
        """Where a contract names what the schema does not have, or as another type."""
        for path, shape in call.json.items():
            yield from self._difference(path, shape, root=root, where=f"{call.name}: body {path}")
        for path, shape in call.answer.items():
            where = f"{call.name}: answer {path}"
            yield from self._difference(path, shape, root="IntuitResponse", where=where)

    def _difference(self, path: str, shape: Shape, *, root: str, where: str) -> Iterator[str]:
        found: Element | None = Element(root)
        for step in steps_of(path):
            if found is not None and step == "[]":
                if not found.is_many:
                    yield f"{where}: the schema has one only"
            elif found is not None:
                found = self.fields(found.type).get(step)
        if found is None:
            yield f"{where}: the schema does not have it"
        elif shape.types != ("array",):
            type = CONTRACT_TYPES.get(self.simple(found.type), "object")
            if type not in shape.types:
                yield f"{where}: the schema says {type}, the contract {shape.types}"

    def _simple_problems(self, value: object, *, type: str, simple: str, at: str) -> Iterator[str]:
        is_flag = isinstance(value, bool)
        if not isinstance(value, JSON_TYPES[simple]) or (is_flag and simple != "boolean"):
            yield f"{at}: {value!r} is no {simple}"
        elif self.choices(type) and value not in self.choices(type):
            yield f"{at}: {value!r} is no {type}"
        elif simple in ("date", "dateTime"):
            try:
                (date if simple == "date" else datetime).fromisoformat(str(value))
            except ValueError:
                yield f"{at}: {value!r} is no {simple}"

    def _read(self, node: Any) -> Iterator[tuple[str, Element]]:
        for extension in node.iter(f"{XS}extension"):
            base = extension.get("base")
            if self.simple(base):
                yield "value", Element(base)
            else:
                yield from self.fields(base).items()
        for attribute in node.iter(f"{XS}attribute"):
            yield attribute.get("name"), Element(attribute.get("type", "xs:string"))
        for element in node.iter(f"{XS}element"):
            if element.get("ref") == ENTITY:
                yield from self._entities.items()
            else:
                is_many = element.get("maxOccurs") == "unbounded"
                yield element.get("name"), Element(element.get("type"), is_many)
        for group in node.iter(f"{XS}group"):
            yield from self._read(self._groups[group.get("ref")])
