"""What is wrong with an entry of the catalogue: for the shipped files and for a provider's changes.

Pure; the words that value, shape and merge may be are given, for they stand with the tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from icb.hub.catalogue import (
    CONFIDENCES,
    MODULE_FIELDS,
    TYPE_FIELDS,
    CatalogueModule,
    CatalogueType,
)

LONGEST_KEY, LONGEST_NAME, LONGEST_UNIT, LONGEST_TEXT = 120, 200, 60, 2000
_LISTS = ("aliases", "overlaps")
_DAYS = ("valid_from", "valid_to")
_TRUTHS = ("absent_is_zero",)


class Words(NamedTuple):
    """What value, shape and merge may be."""

    value: Collection[str]
    shape: Collection[str]
    merge: Collection[str]


def property_problems(properties: Mapping[str, Any], *, of_type: bool) -> list[str]:
    """Properties that an entry does not have, or of which the value is of the wrong kind."""
    allowed = TYPE_FIELDS if of_type else MODULE_FIELDS
    strange = [f"{name}: there is no such property" for name in properties if name not in allowed]
    return strange + [
        problem
        for name, value in properties.items()
        if name in allowed
        for problem in _kind_problems(name, value)
    ]


def module_problems(module: CatalogueModule, *, words: Words) -> list[str]:
    """Everything that is wrong with a module and its billing types."""
    problems = [
        *_text_problems("key", module.key, longest=LONGEST_KEY),
        *_text_problems("name", module.name, longest=LONGEST_NAME),
        *_confidence_problems(module.confidence),
        *_repeated(one.key for one in module.billing_types),
        *_repeated(name for one in module.billing_types for name in {one.name, *one.aliases}),
    ]
    known = {one.key for one in module.billing_types}
    for one in module.billing_types:
        found = _type_problems(one, words=words)
        found += [f"overlaps: there is no {key}" for key in one.overlaps if key not in known]
        found += ["overlaps: it names itself"] if one.key in one.overlaps else []
        problems += [f"{one.key}: {problem}" for problem in found]
    return [f"{module.key}: {problem}" for problem in problems]


def catalogue_problems(modules: Iterable[CatalogueModule], *, words: Words) -> list[str]:
    """Everything that is wrong with a catalogue."""
    every = list(modules)
    problems = [problem for module in every for problem in module_problems(module, words=words)]
    problems += _repeated(module.key for module in every)
    return problems + _repeated(name for module in every for name in {module.name, *module.aliases})


def _type_problems(one: CatalogueType, *, words: Words) -> list[str]:
    found = [
        *_text_problems("key", one.key, longest=LONGEST_KEY),
        *_text_problems("name", one.name, longest=LONGEST_NAME),
        *_confidence_problems(one.confidence),
    ]
    for name, value, allowed in (
        ("value", one.value, words.value),
        ("shape", one.shape, words.shape),
        ("merge", one.merge, words.merge),
    ):
        if value not in allowed:
            found.append(f"{name} is {value!r}; give one of {', '.join(allowed)}")
    if one.shape == "boolean" and one.value != "boolean":
        found.append("shape boolean takes value boolean")
    if one.value == "boolean" and one.merge == "sum":
        found.append("value boolean takes merge or, or max")
    if len(one.unit) > LONGEST_UNIT:
        found.append(f"unit is longer than {LONGEST_UNIT} characters")
    if one.valid_from and one.valid_to and one.valid_to < one.valid_from:
        found.append("valid_to is before valid_from")
    return found


def _kind_problems(name: str, value: object) -> Iterator[str]:
    if name in _LISTS:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            yield f"{name}: give a list of texts"
    elif name in _TRUTHS:
        if not isinstance(value, bool):
            yield f"{name}: give true or false"
    elif name in _DAYS:
        if value is not None and not _is_day(value):
            yield f"{name}: give a day such as 2026-01-31, or nothing"
    elif not isinstance(value, str):
        yield f"{name}: give a text"
    elif len(value) > LONGEST_TEXT:
        yield f"{name}: it is longer than {LONGEST_TEXT} characters"


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _text_problems(name: str, text: str, *, longest: int) -> list[str]:
    if not text.strip() or not text.isprintable() or len(text) > longest:
        return [f"{name} {text[:30]!r} is empty, has odd characters or is longer than {longest}"]
    return []


def _confidence_problems(confidence: str) -> list[str]:
    if confidence in CONFIDENCES:
        return []
    return [f"confidence is {confidence!r}; give one of {', '.join(CONFIDENCES)}"]


def _repeated(names: Iterable[str]) -> list[str]:
    counted = Counter(name.casefold() for name in names)
    return [f"{name} stands {times} times" for name, times in counted.items() if times > 1]
