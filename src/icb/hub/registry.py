"""Finds the adapters: the project's own, named in the settings, and those of installed packages.

Each is imported when it is asked for. One that cannot be loaded is named with the reason and takes
nothing else with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import entry_points
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from icb.hub.ports import ENTRY_POINTS, Adapter, Description
from icb.kernel.errors import NotFound

PUSH, FILES, MANUAL = "push", "files", ""
"""Ways in that need no adapter: a program sends the counts, a person brings them as files, or they
come with bundles alone."""

_METHODS = ("test", "organizations", "snapshot", "items")
_registered: dict[str, Adapter] = {}


def adapters() -> dict[str, Adapter]:
    """Every adapter that can be loaded, by key."""
    found = {key: _loaded(key) for key in adapter_keys()}
    return {key: one for key, one in found.items() if not isinstance(one, str)}


def adapter_problems() -> dict[str, str]:
    """Why an adapter cannot be loaded, by its key; empty where all can."""
    found = {key: _loaded(key) for key in adapter_keys()}
    return {key: one for key, one in found.items() if isinstance(one, str)}


def adapter_keys() -> list[str]:
    """The keys of all adapters there are, loadable or not, in order."""
    return sorted({*_registered, *_sources()})


def adapter(key: str) -> Adapter:
    """The adapter with this key; NotFound where there is none, or where it cannot be loaded."""
    if key not in adapter_keys():
        raise NotFound(
            "adapter_not_found",
            f"adapter: there is none for {key!r}. Nothing was done. "
            f"There are: {', '.join(adapter_keys()) or 'none'}.",
            adapter=key,
        )
    found = _loaded(key)
    if isinstance(found, str):
        raise NotFound(
            "adapter_not_loadable",
            f"adapter: {key} cannot be loaded: {found}. Nothing was done. Install it anew.",
            adapter=key,
        )
    return found


@contextmanager
def registered(*those: Adapter) -> Iterator[None]:
    """Within the block these adapters are found as well, before others of their keys."""
    before = dict(_registered)
    _registered.update({one.description.key: one for one in those})
    try:
        yield
    finally:
        _registered.clear()
        _registered.update(before)


def _loaded(key: str) -> Adapter | str:
    """The adapter, or why it cannot be used."""
    if key in _registered:
        return _registered[key]
    return _load(key)


@cache
def _load(key: str) -> Adapter | str:
    try:
        found = _sources()[key]()
    except Exception as error:  # code of others, which may fail in any way
        return f"{type(error).__name__}: {error}"
    return _checked(key, found)


def _checked(key: str, found: object) -> Adapter | str:
    description = getattr(found, "description", None)
    lacking = [name for name in _METHODS if not callable(getattr(found, name, None))]
    if not isinstance(description, Description) or lacking:
        return f"it is no adapter; it lacks {', '.join(lacking) or 'a description'}"
    if description.key != key:
        return f"it calls itself {description.key}"
    return cast(Adapter, found)


@cache
def _sources() -> dict[str, Callable[[], object]]:
    """How each adapter is loaded, by key. The project's own come before those of packages."""
    found: dict[str, Callable[[], object]] = {
        point.name: point.load
        for point in entry_points(group=ENTRY_POINTS)
        if point.name not in (PUSH, FILES)
    }
    own: dict[str, str] = settings.ICB_MODULES
    for key, dotted in own.items():
        found[key] = _importer(dotted)
    return found


def _importer(dotted: str) -> Callable[[], object]:
    return lambda: import_string(dotted)
