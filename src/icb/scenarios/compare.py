"""What came out against what a scenario expects.

A list that is named must be complete, its order is free, only named fields are compared and
numbers compare as numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

_MOST_SHOWN = 20


def differences(expected: Mapping[str, Any], *, actual: Mapping[str, Any]) -> list[str]:
    """Lines that say what differs, list by list; none where all is as expected."""
    found: list[str] = []
    for name, wanted in expected.items():
        found += _list_differences(name, wanted or [], actual[name])
    return found


def matches(wanted: Any, *, got: Any) -> bool:
    """Whether a value is as expected; of an object only the named fields count."""
    if isinstance(wanted, Mapping):
        return isinstance(got, Mapping) and all(
            name in got and matches(value, got=got[name]) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(got, list) and not any(_unmatched(wanted, got))
    if isinstance(wanted, bool) or wanted is None or isinstance(got, bool) or got is None:
        return wanted is got
    return _same_text(str(wanted), str(got))


def _same_text(wanted: str, got: str) -> bool:
    if wanted == got:
        return True
    first, second = _number(wanted), _number(got)
    return first is not None and first == second


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _unmatched(wanted: Sequence[Any], got: Sequence[Any]) -> tuple[list[int], list[int]]:
    """Which expected and which actual entries are left when as many as possible are paired.

    An entry that names few fields may fit several actual ones, so the pairing is a maximum
    matching: a pair is given up again where that lets one more entry find its own.
    """
    fits = [
        [index for index, value in enumerate(got) if matches(entry, got=value)] for entry in wanted
    ]
    owner: dict[int, int] = {}

    def place(entry: int, tried: set[int]) -> bool:
        free = next((index for index in fits[entry] if index not in owner), None)
        if free is not None:
            owner[free] = entry
            return True
        for index in fits[entry]:
            if index in tried:
                continue
            tried.add(index)
            if place(owner[index], tried):
                owner[index] = entry
                return True
        return False

    missing = [entry for entry in range(len(wanted)) if not place(entry, set())]
    return missing, [index for index in range(len(got)) if index not in owner]


def _list_differences(name: str, wanted: list[Any], got: list[Any]) -> list[str]:
    missing, extra = _unmatched(wanted, got)
    if not missing and not extra:
        return []
    lines = [f"{name}: {len(wanted)} expected, {len(got)} came out"]
    named = _named_fields(wanted)
    for entry in missing[:_MOST_SHOWN]:
        lines.append(f"  expected  {_shown(wanted[entry])}")
        nearest = _nearest(wanted[entry], [got[index] for index in extra])
        if nearest is not None:
            lines += [f"            {line}" for line in _field_differences(wanted[entry], nearest)]
    for index in extra[:_MOST_SHOWN]:
        lines.append(f"  came out  {_shown(_only(got[index], named))}")
    hidden = max(len(missing) - _MOST_SHOWN, 0) + max(len(extra) - _MOST_SHOWN, 0)
    if hidden:
        lines.append(f"  … and {hidden} more")
    return lines


def _named_fields(wanted: list[Any]) -> list[str]:
    return list(dict.fromkeys(name for entry in wanted for name in entry))


def _only(entry: Mapping[str, Any], names: list[str]) -> Mapping[str, Any]:
    """The fields that the expectation speaks of; where it speaks of none, all but the prose."""
    chosen = names or [name for name in entry if name != "explanation"]
    return {name: entry[name] for name in chosen if name in entry}


def _nearest(wanted: Mapping[str, Any], candidates: list[Any]) -> Any:
    def agreement(candidate: Mapping[str, Any]) -> int:
        return sum(matches(value, got=candidate.get(name)) for name, value in wanted.items())

    return max(candidates, key=agreement, default=None)


def _field_differences(wanted: Mapping[str, Any], got: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: expected {_shown(value)}, nearest is {_shown(got.get(name))}"
        for name, value in wanted.items()
        if not matches(value, got=got.get(name))
    ]


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_shown(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return "null" if value is None else str(value)
