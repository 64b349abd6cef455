"""Judges what a person entered to connect a target, by the fields that it declares (pure).

No message repeats what was entered: it may be a secret that stands in the wrong field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from icb.accounting.ports import SettingField
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
    kept: Mapping[str, str],
    kept_secrets: frozenset[str],
    left_blank: str = "",
) -> Entered:
    """What is to be stored: all plain settings, and the secrets that were entered.

    `kept` and `kept_secrets` are what stands already; `left_blank` is the setting that signing in
    fills. Raises InvalidInput with everything that is wrong.
    """
    known = {one.name for one in fields}
    problems = [
        f"{name}: there is no such setting; there are {', '.join(sorted(known)) or 'none'}"
        for name in sorted(set(given) - known)
    ]
    entered = Entered()
    for one in fields:
        if one.is_secret and one.name not in given and one.name in kept_secrets:
            continue
        text = given.get(one.name, kept.get(one.name, "")).strip() or one.default
        if not text and one.is_required and one.name != left_blank:
            problems.append(f"{one.name} ({one.label}) is missing")
        if len(text) > LONGEST:
            problems.append(f"{one.name} is longer than {LONGEST} characters")
        if not text.isprintable():
            problems.append(f"{one.name} has line breaks or other characters that no setting has")
        if one.is_secret:
            entered.secrets[one.name] = text
        else:
            entered.plain[one.name] = text
    if problems:
        raise InvalidInput(
            field="settings",
            message=f"settings: {'; '.join(problems)}. Nothing was stored. Correct the settings.",
        )
    return entered
