"""Judges what a person entered to connect a module, by the fields that its adapter declares.

No message repeats what was entered: it may be a secret that stands in the wrong field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from icb.hub.ports import SettingField
from icb.kernel.errors import InvalidInput

LONGEST = 4000


@dataclass(slots=True)
class Entered:
    """Settings that were judged good. An empty secret is one to forget."""

    plain: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


def check_settings(
    fields: Sequence[SettingField],
    *,
    given: Mapping[str, str],
    kept: Mapping[str, str] | None = None,
    kept_secrets: frozenset[str] = frozenset(),
) -> Entered:
    """What is to be stored of `given`: all plain settings, and the secrets that were entered.

    `kept` and `kept_secrets` are what stands already and is not entered again. A setting that is
    empty takes its default. Raises InvalidInput with everything that is wrong.
    """
    known = {one.name for one in fields}
    problems = [
        f"{name}: the module has no such setting; it has {', '.join(sorted(known)) or 'none'}"
        for name in sorted(set(given) - known)
    ]
    entered = Entered()
    for one in fields:
        if one.is_secret and one.name not in given and one.name in kept_secrets:
            continue
        text = given.get(one.name, (kept or {}).get(one.name, "")).strip() or one.default
        problems += _problems(one, text)
        if not one.is_secret:
            entered.plain[one.name] = text
        elif one.name in given or text:
            entered.secrets[one.name] = text
    if problems:
        raise InvalidInput(
            field="settings",
            message=f"settings: {'; '.join(problems)}. Nothing was stored. Correct the settings.",
        )
    return entered


def _problems(one: SettingField, text: str) -> list[str]:
    if not text:
        return [f"{one.name} ({one.label}) is missing"] if one.is_required else []
    if len(text) > LONGEST:
        return [f"{one.name} is longer than {LONGEST} characters"]
    if not one.is_secret and not text.isprintable():
        return [f"{one.name} has line breaks or other characters that no setting has"]
    if one.choices and text not in one.choices:
        return [f"{one.name} is none of {', '.join(one.choices)}"]
    if one.pattern and not re.fullmatch(one.pattern, text):
        return [f"{one.name} has not the form {one.pattern}"]
    return []
