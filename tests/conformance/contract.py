"""An adapter's contract file, and what a request or an answer says against it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from icb.demo.vendors.server import Request

TYPES = ("string", "integer", "number", "boolean", "object", "array")
SHAPE = re.compile(r"(?P<types>\w+(?:\|\w+)*)(?P<optional>\?)?(?: \((?P<note>[^)]+)\))?")
PARTS = {"name", "method", "path", "document", "auth", "query", "form", "json", "answer"}
UNDOCUMENTED = "undocumented"


@dataclass(frozen=True)
class Shape:
    """What one field may hold. An optional one may be absent, and null in an answer."""

    types: tuple[str, ...]
    is_optional: bool
    note: str = ""

    @classmethod
    def of(cls, text: str) -> Shape:
        """Read `type|type? (note)`."""
        match = SHAPE.fullmatch(text)
        if match is None or not set(match["types"].split("|")) <= set(TYPES):
            raise ValueError(f"'{text}' is not 'type', 'type|type', 'type?' or 'type? (note)'")
        return cls(tuple(match["types"].split("|")), bool(match["optional"]), match["note"] or "")


@dataclass(frozen=True)
class Call:
    """One kind of request with its answer. `file` and `place` lead to the vendor's document."""

    name: str
    method: str
    path: str
    auth: str
    file: str = ""
    place: str = ""
    undocumented: str = ""
    query: Mapping[str, Shape] = field(default_factory=dict)
    form: Mapping[str, Shape] = field(default_factory=dict)
    json: Mapping[str, Shape] = field(default_factory=dict)
    answer: Mapping[str, Shape] = field(default_factory=dict)

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches the paths of such requests; `{name}` stands for one segment."""
        return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(self.path)))

    @cached_property
    def answer_schema(self) -> dict[str, Any]:
        """The answer as a JSON schema: named fields as said, others as they like."""
        return _schema(self.answer, is_open=True)

    def request_problems(self, request: Request) -> list[str]:
        """What a request does that the contract does not say."""
        problems = list(_undeclared("query", request.query, self.query))
        kind = request.headers.get("authorization", "none").split(" ")[0].lower()
        if kind != self.auth:
            problems.append(f"authorization is {kind}, not {self.auth}")
        problems += _undeclared("form", request.form() if self.form else {}, self.form)
        if self.json:
            problems += problems_of(request.json(), schema=_schema(self.json, is_open=False))
        elif request.body and not self.form:
            problems.append("it carries a body")
        return problems

    def answer_problems(self, body: object) -> list[str]:
        """What an answer holds that the contract does not allow."""
        return problems_of(body, schema=self.answer_schema)


@dataclass(frozen=True)
class Contract:
    """All that an adapter asks of its vendor."""

    vendor: str
    calls: Sequence[Call]

    def call_of(self, request: Request) -> Call | None:
        """The call that a request is; the one with the fewest open segments where several are."""
        fitting = [
            call
            for call in self.calls
            if call.method == request.method and call.pattern.fullmatch(request.path)
        ]
        return min(fitting, key=lambda call: call.path.count("{"), default=None)


def read_contract(path: Path) -> Contract:
    """Read a contract file; ValueError names what is no part of the format."""
    raw = json.loads(path.read_text("utf-8"))
    if set(raw) != {"vendor", "requests"}:
        raise ValueError(f"{path}: a contract has 'vendor' and 'requests', and nothing else")
    return Contract(raw["vendor"], [_call(request) for request in raw["requests"]])


def problems_of(value: object, *, schema: Mapping[str, Any]) -> list[str]:
    """What jsonschema says against a value, with the place of each."""
    errors: Iterator[ValidationError] = Draft202012Validator(
        schema, format_checker=Draft202012Validator.FORMAT_CHECKER
    ).iter_errors(value)
    return [f"{error.json_path}: {error.message[:200]}" for error in errors]


def _call(raw: Mapping[str, Any]) -> Call:
    strange = set(raw) - PARTS
    if strange:
        raise ValueError(f"{raw.get('name')}: {', '.join(sorted(strange))} is no part of a request")
    document = raw["document"]
    shapes = {
        part: {name: Shape.of(text) for name, text in raw.get(part, {}).items()}
        for part in ("query", "form", "json", "answer")
    }
    return Call(
        name=raw["name"],
        method=raw["method"],
        path=raw["path"],
        auth=raw.get("auth", "none"),
        file=document.get("file", ""),
        place=document.get("path", ""),
        undocumented=document.get("none", ""),
        **shapes,
    )


def _undeclared(part: str, given: Mapping[str, str], shapes: Mapping[str, Shape]) -> Iterator[str]:
    yield from (f"{part} {name} is not declared" for name in given if name not in shapes)
    for name, shape in shapes.items():
        if name not in given:
            if not shape.is_optional:
                yield f"{part} {name} is missing"
        elif "string" not in shape.types and not fits_text(given[name], types=shape.types):
            yield f"{part} {name} is not {' or '.join(shape.types)}"


def fits_text(text: str, *, types: Sequence[str]) -> bool:
    """Whether the text of a parameter can be read as one of the types."""
    patterns = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "boolean": "true|false"}
    return any(re.fullmatch(patterns.get(name, ".*"), text) for name in types)


def steps_of(path: str) -> list[str]:
    """The parts of `list[].part.name`; the dot in the name of an annotation separates nothing."""
    return re.split(r"(?<!@odata)\.", path.replace("[]", ".[]").strip("."))


def _schema(shapes: Mapping[str, Shape], *, is_open: bool) -> dict[str, Any]:
    """The JSON schema of fields that are named by their paths: `list[].part.name`."""
    root: dict[str, Any] = {}
    for path in sorted(shapes, key=lambda name: name.count(".") + name.count("[]")):
        shape = shapes[path]
        node = root
        steps = steps_of(path)
        for step in steps[:-1]:
            node = _inner(node, step=step, is_optional=False, is_open=is_open)
        leaf = _inner(node, step=steps[-1], is_optional=shape.is_optional, is_open=is_open)
        leaf["type"] = [*shape.types, *(["null"] if shape.is_optional and is_open else [])]
    return root


def _inner(node: dict[str, Any], *, step: str, is_optional: bool, is_open: bool) -> dict[str, Any]:
    if step == "[]":
        node.setdefault("type", "array")
        items: dict[str, Any] = node.setdefault("items", {})
        return items
    node.setdefault("type", "object")
    if not is_open:
        node["additionalProperties"] = False
    properties: dict[str, Any] = node.setdefault("properties", {})
    required: list[str] = node.setdefault("required", [])
    if step not in properties and not is_optional:
        required.append(step)
    inner: dict[str, Any] = properties.setdefault(step, {})
    return inner
