"""Finds the targets: the project's own, which the settings name (`ICB_TARGETS`).

Each is imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TypeGuard, cast

from django.conf import settings
from django.utils.module_loading import import_string

from icb.accounting.ports import FileTarget, OnlineTarget, TargetDescription
from icb.kernel.errors import NotFound

AnyTarget = OnlineTarget | FileTarget

_registered: dict[str, AnyTarget] = {}


def targets() -> dict[str, AnyTarget]:
    """Every target that documents can go to, by key."""
    named: dict[str, str] = settings.ICB_TARGETS
    return {key: target(key) for key in sorted({*named, *_registered})}


def target(key: str) -> AnyTarget:
    """The target with this key; NotFound where there is none."""
    if key in _registered:
        return _registered[key]
    named: dict[str, str] = settings.ICB_TARGETS
    if key not in named:
        raise NotFound(
            "target_kind_not_found",
            f"kind: there is no target {key!r}. Nothing was done. "
            f"There are: {', '.join(sorted({*named, *_registered}))}.",
            kind=key,
        )
    return _loaded(named[key])


def description(key: str) -> TargetDescription:
    """What the target with this key is and can do; NotFound where there is none."""
    return target(key).description


def is_file(one: AnyTarget) -> TypeGuard[FileTarget]:
    """Whether a person carries documents there as files."""
    return hasattr(one, "write")


def is_online(one: AnyTarget) -> TypeGuard[OnlineTarget]:
    """Whether documents are sent there over HTTP."""
    return not hasattr(one, "write")


@contextmanager
def registered(*those: AnyTarget) -> Iterator[None]:
    """Within the block these targets are found as well, before others of their keys."""
    before = dict(_registered)
    _registered.update({one.description.key: one for one in those})
    try:
        yield
    finally:
        _registered.clear()
        _registered.update(before)


@cache
def _loaded(dotted: str) -> AnyTarget:
    return cast(AnyTarget, import_string(dotted))
