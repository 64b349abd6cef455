"""The vendors' own API documents, read from the folder that ICB_VENDOR_SPECS names.

They are data of others and no part of the project. Some are not valid as they are: a case names its
patches, and a patch that finds nothing to change any more is a failure. Vendors send null for what
is absent without saying so: in answers every property that is not required may be null. Requests
stay strict.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from tests.conformance.contract import UNDOCUMENTED, Call, Shape, problems_of, steps_of

from icb.demo.vendors.server import Exchange

SPECS = "ICB_VENDOR_SPECS"
# The one in C reads a large document in seconds; both read the same.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ROOT = Path(__file__).resolve().parent.parent.parent
Node = dict[str, Any]


@dataclass(frozen=True)
class Patch:
    """A named change of a vendor's document. `apply` says whether it found what it changes."""

    name: str
    file: str
    apply: Callable[[Node], bool]


class StalePatch(Exception):
    """A patch found nothing to change: the vendor's document is another one now."""


def folder() -> Path | None:
    """Where the documents are; None where this machine has none."""
    named = os.environ.get(SPECS, "")
    path = ROOT / named
    return path if named and path.is_dir() else None


def is_demanded() -> bool:
    """Whether a machine without the documents has failed."""
    return os.environ.get("ICB_TEST_STRICT") == "1" or os.environ.get("CI") == "true"


def read_document(path: Path, *, patches: Sequence[Patch]) -> Document:
    """Read one document and patch it; StalePatch where a patch does not apply."""
    text = path.read_text("utf-8")
    root = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=LOADER)
    for patch in patches:
        if not patch.apply(root):
            raise StalePatch(f"{path.name}: the patch '{patch.name}' no longer applies")
    return Document(root)


@dataclass
class Document:
    """An OpenAPI document of any version since 2.0."""

    root: Node

    @cached_property
    def schemas(self) -> Node:
        """Where local references of schemas lead, for requests."""
        return {
            name: self.root[name] for name in ("components", "definitions") if name in self.root
        }

    @cached_property
    def loose(self) -> Node:
        """The same for answers: whatever is not required may be null."""
        loose = copy.deepcopy(self.schemas)
        for container in (loose.get("definitions"), loose.get("components", {}).get("schemas")):
            for schema in (container or {}).values():
                allow_null(schema)
        return loose

    def operation(self, call: Call) -> Node | None:
        """What the document says of a call; None where it does not know it."""
        found: Node | None = self.root["paths"].get(call.place, {}).get(call.method.lower())
        return found

    def parameters(self, call: Call, *, place: str) -> dict[str, Node]:
        """The parameters of a call at a place (query, header, path), by name, as schemas."""
        shared = self.root["paths"].get(call.place, {}).get("parameters", [])
        listed = [
            self.follow(item)
            for item in [*shared, *(self.operation(call) or {}).get("parameters", [])]
        ]
        return {
            item["name"]: {**item, **item.get("schema", {})}
            for item in listed
            if item["in"] == place
        }

    def answer_schema(self, call: Call, *, status: int) -> Node | None:
        """The schema of an answer of that status, not yet loosened; None where there is none."""
        responses = (self.operation(call) or {}).get("responses", {})
        response = self.follow(responses.get(str(status), responses.get("default", {})))
        return _content_schema(response)

    def body_schema(self, call: Call) -> Node | None:
        """The schema of a request's body; None where there is none."""
        body = self.follow((self.operation(call) or {}).get("requestBody", {}))
        return _content_schema(body)

    def follow(self, node: Node) -> Node:
        """What a local reference leads to; anything else as it is."""
        while "$ref" in node:
            target: Any = self.root
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("%20", " ")]
            node = target
        return node

    def exchange_problems(self, call: Call, exchange: Exchange) -> Iterator[str]:
        """What the document has against a request and its answer."""
        known = self.parameters(call, place="query")
        for name, value in exchange.request.query.items():
            if name not in known:
                yield f"the document knows no parameter {name}"
            else:
                yield from problems_of(_typed(value, known[name]), schema=self._strict(known[name]))
        body = self.body_schema(call)
        if body is not None:
            given = exchange.request.form() if call.form else exchange.request.json()
            yield from problems_of(given, schema=self._strict(forbid_others(self.follow(body))))
        schema = self.answer_schema(call, status=exchange.answer.status)
        if schema is not None:
            loosened = allow_null(copy.deepcopy(schema))
            yield from problems_of(exchange.answer.body, schema={**loosened, **self.loose})

    def _strict(self, schema: Node) -> Node:
        kept = {name: value for name, value in schema.items() if name not in ("required", "in")}
        if isinstance(schema.get("required"), list):
            kept["required"] = schema["required"]
        return {**kept, **self.schemas}

    def drift(self, call: Call) -> Iterator[str]:
        """Where the document and the contract do not say the same of a call."""
        if self.operation(call) is None:
            yield f"{call.name}: the document knows no {call.method} {call.place}"
            return
        query = self.parameters(call, place="query")
        for name, shape in call.query.items():
            yield from self._difference(f"{call.name}: query {name}", shape, query.get(name))
        sent = self.body_schema(call)
        for name, shape in {**call.form, **call.json}.items():
            found = None if sent is None else self.field(sent, path=name)
            yield from self._difference(f"{call.name}: body {name}", shape, found)
        answer = self.answer_schema(call, status=200)
        for path, shape in call.answer.items():
            found = None if answer is None else self.field(answer, path=path)
            yield from self._difference(f"{call.name}: answer {path}", shape, found)

    def _difference(self, where: str, shape: Shape, found: Node | None) -> Iterator[str]:
        if shape.note.startswith(UNDOCUMENTED):
            if found is not None:
                yield f"{where}: the document knows it by now"
        elif found is None:
            yield f"{where}: the document does not know it"
        else:
            types = set(self.types(found)) - {"null"}
            if types and not types <= set(shape.types):
                yield f"{where}: the document says {sorted(types)}, the contract {shape.types}"

    def types(self, schema: Node) -> list[str]:
        """The types that a schema names; none where it names none."""
        schema = self.follow(schema)
        named = schema.get("type", "object" if "properties" in schema else [])
        found = [named] if isinstance(named, str) else list(named)
        for inner in schema.get("allOf", []) if not found else []:
            found += self.types(inner)
        return found

    def field(self, schema: Node, *, path: str) -> Node | None:
        """The schema of the field at `list[].part.name`; None where there is none."""
        found: Node | None = schema
        for step in steps_of(path):
            found = None if found is None else self._step(self.follow(found), step=step)
        return found

    def _step(self, schema: Node, *, step: str) -> Node | None:
        if step == "[]":
            items: Node | None = schema.get("items")
            return items
        if step in schema.get("properties", {}):
            inner: Node = schema["properties"][step]
            return inner
        mixed = [part for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word, [])]
        parts = (self.follow(part) for part in mixed)
        return next((found for part in parts if (found := self._step(part, step=step))), None)


def allow_null(schema: Node) -> Node:
    """Let every property that is not required be null, at any depth; changes and gives `schema`."""
    required = schema.get("required")
    needed = required if isinstance(required, list) else []
    for inner in _inner_schemas(schema):
        allow_null(inner)
    for name, inner in schema.get("properties", {}).items():
        if name not in needed or inner.get("nullable"):
            schema["properties"][name] = {"anyOf": [inner, {"type": "null"}]}
    return schema


def forbid_others(schema: Node) -> Node:
    """A copy that refuses properties which the document does not know."""
    return {**schema, "additionalProperties": False} if "properties" in schema else schema


def _inner_schemas(schema: Node) -> Iterator[Node]:
    yield from schema.get("properties", {}).values()
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield schema[name]
    for name in ("allOf", "anyOf", "oneOf"):
        yield from schema.get(name, [])


def _content_schema(holder: Mapping[str, Any]) -> Node | None:
    if "schema" in holder:  # OpenAPI 2.0
        plain: Node = holder["schema"]
        return plain
    contents = [content for content in holder.get("content", {}).values() if "schema" in content]
    return contents[0]["schema"] if contents else None


def _typed(value: str, schema: Node) -> object:
    """The text of a parameter as the type that the document names, where it can be read so."""
    if schema.get("type") in ("integer", "number") and value.lstrip("-").isdigit():
        return int(value)
    if schema.get("type") == "boolean" and value in ("true", "false"):
        return value == "true"
    return [value] if schema.get("type") == "array" else value
