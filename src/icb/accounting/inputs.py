"""What the actions of this app take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be; `kind` is one of `models.AccountKind`."""

    code: str
    name: str
    kind: str
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class NewRule:
    """What is to be booked on an account, by its code; see `models.RuleKind`."""

    kind: str
    account: str
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTarget:
    """A target to connect. `kind` is the key of an application or format (`registry.targets`);
    `settings` are what it asks for, secrets among them."""

    key: str
    kind: str
    name: str = ""
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_automatic: bool = True
    creates_customers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetChange:
    """What is to be of a target from now on. Settings that are not named stay; an empty secret is
    forgotten."""

    name: str
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_automatic: bool = True
    creates_customers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMapping:
    """`ours` stands for `theirs` at a target: see `models.MappingKind`. Without `theirs`, the
    mapping goes."""

    kind: str
    ours: str
    theirs: str
    name: str = ""
