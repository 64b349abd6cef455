"""The catalogue of modules: which there are, what each counts, and how sure that is.

It is data: one file for each suite in `catalogue_files`. What a provider says beside it, or in its
place, is laid over it from a day on (`with_changes`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from icb.hub.inputs import NewBillingType
from icb.kernel.errors import NotFound

FOLDER = Path(__file__).parent / "catalogue_files"
DOCUMENTED, INFERRED, OWN = "documented", "inferred", "own"
CONFIDENCES = (DOCUMENTED, INFERRED, OWN)
"""The vendor publishes it; it is a guess from what is known; the provider says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueType:
    """A billing type of a module; the texts of value, shape and merge are those of `models`.

    `aliases` are other names of the same; `overlaps` are keys of types of the module that count
    the same things. `valid_from` and `valid_to` are its first and last day; None where open.
    """

    key: str
    name: str
    unit: str = ""
    value: str = "whole"
    shape: str = "gauge"
    merge: str = "sum"
    absent_is_zero: bool = False
    aliases: tuple[str, ...] = ()
    overlaps: tuple[str, ...] = ()
    counting_rule: str = ""
    source: str = ""
    confidence: str = OWN
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueModule:
    """A module. `identity` says what it calls a client; `notes` what to know before billing."""

    key: str
    name: str
    suite: str = ""
    aliases: tuple[str, ...] = ()
    identity: str = ""
    notes: str = ""
    source: str = ""
    confidence: str = OWN
    billing_types: tuple[CatalogueType, ...] = ()


class Change(NamedTuple):
    """What a provider says of a module, or of one of its types, from a day on (None: ever since).

    `properties` holds the fields that differ, as in the catalogue's files.
    """

    module: str
    billing_type: str
    properties: Mapping[str, Any]
    from_day: date | None


TYPE_FIELDS = tuple(one.name for one in fields(CatalogueType) if one.name != "key")
MODULE_FIELDS = tuple(
    one.name for one in fields(CatalogueModule) if one.name not in ("key", "billing_types")
)


@cache
def catalogue_modules() -> tuple[CatalogueModule, ...]:
    """Every module of the catalogue as it is shipped, by suite."""
    return tuple(
        _module(entry, suite=suite["suite"])
        for path in sorted(FOLDER.glob("*.json"))
        for suite in [json.loads(path.read_text("utf-8"))]
        for entry in suite["modules"]
    )


def catalogue_module(key: str) -> CatalogueModule:
    """The module with this key as it is shipped; NotFound where the catalogue has none."""
    return module_in(catalogue_modules(), key=key)


def module_in(modules: Iterable[CatalogueModule], *, key: str) -> CatalogueModule:
    """The module with this key; NotFound where there is none."""
    for module in modules:
        if module.key == key:
            return module
    raise NotFound(
        "module_not_in_catalogue",
        f"module: the catalogue has no {key!r}. Nothing was done. "
        "`icb modules catalogue` lists what it has.",
        module=key,
    )


def with_changes(
    modules: Iterable[CatalogueModule], *, changes: Iterable[Change], on: date
) -> tuple[CatalogueModule, ...]:
    """The catalogue as it holds on a day. Of two changes, the one given later counts."""
    found = {module.key: module for module in modules}
    for change in changes:
        if change.from_day is None or change.from_day <= on:
            module = found.get(change.module) or CatalogueModule(
                key=change.module, name=change.module
            )
            found[change.module] = _changed(module, change)
    return tuple(found.values())


def types_on(module: CatalogueModule, *, on: date | None) -> tuple[CatalogueType, ...]:
    """The billing types of a module that hold on a day; None: all there ever were."""
    return tuple(
        one
        for one in module.billing_types
        if on is None
        or ((one.valid_from or on) <= on and (one.valid_to is None or on <= one.valid_to))
    )


def as_new(one: CatalogueType) -> NewBillingType:
    """The billing type as a connection takes it."""
    return NewBillingType(
        key=one.key,
        name=one.name,
        unit=one.unit,
        value=one.value,
        shape=one.shape,
        merge=one.merge,
        absent_is_zero=one.absent_is_zero,
        overlaps=one.overlaps,
        retired_on=one.valid_to,
    )


def _module(entry: Mapping[str, Any], *, suite: str) -> CatalogueModule:
    types = tuple(CatalogueType(**_read(one)) for one in entry["billing_types"])
    return CatalogueModule(**{**_read(entry), "suite": suite, "billing_types": types})


def _changed(module: CatalogueModule, change: Change) -> CatalogueModule:
    properties = _read(change.properties)
    if not change.billing_type:
        return replace(module, **properties)
    types = {one.key: one for one in module.billing_types}
    before = types.get(change.billing_type) or CatalogueType(
        key=change.billing_type, name=change.billing_type
    )
    types[change.billing_type] = replace(before, **properties)
    return replace(module, billing_types=tuple(types.values()))


def _read(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an entry in the types that the dataclasses have."""
    read: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()
    }
    for name in ("valid_from", "valid_to"):
        if read.get(name):
            read[name] = date.fromisoformat(read[name])
    return read
