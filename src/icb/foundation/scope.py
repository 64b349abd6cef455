"""Provider scope: a query for one provider's rows cannot see another's.

The scope is entered once, where a request, a command or a job begins. Every model with provider
data reads through `ScopedManager`, which narrows to the provider in scope and raises where there
is none, so forgetting the scope is an error and never a leak.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from django.db import models

from icb.kernel.errors import IcbError

_EVERY_PROVIDER = -1
_Kept = TypeVar("_Kept")


class _Scope:
    """One entering of a provider: its id, and what was read about it since."""

    def __init__(self, provider: int, *, is_reading: bool = False) -> None:
        self.provider = provider
        self.is_reading = is_reading
        self.kept: dict[str, object] = {}


_scope: ContextVar[_Scope | None] = ContextVar("icb_provider", default=None)


class UnscopedQuery(IcbError):
    """A query for provider data ran outside any provider's scope."""


@contextmanager
def in_provider(provider_id: int, *, is_reading: bool = False) -> Iterator[None]:
    """Run the block for one provider; nests, and the outer scope returns at the end.

    `is_reading`: nothing that is final is made in the block, as when a page is asked for.
    """
    with _entered(_Scope(provider_id, is_reading=is_reading)):
        yield


@contextmanager
def every_provider() -> Iterator[None]:
    """Run the block over all providers: for verify, backup and migrations, never for a screen."""
    with _entered(_Scope(_EVERY_PROVIDER)):
        yield


@contextmanager
def _entered(scope: _Scope) -> Iterator[None]:
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


def provider_id() -> int:
    """Return the id of the provider in scope.

    Raises UnscopedQuery where no single provider is in scope.
    """
    return _one_provider().provider


def has_provider() -> bool:
    """Whether a single provider is in scope."""
    scope = _scope.get()
    return scope is not None and scope.provider != _EVERY_PROVIDER


def kept(name: str, *, make: Callable[[], _Kept]) -> _Kept:
    """What `make` gave the first time in this scope: for settings that are asked for often."""
    found = _one_provider().kept
    if name not in found:
        found[name] = make()
    return cast(_Kept, found[name])


def kept_while_reading(name: str, *, make: Callable[[], _Kept]) -> _Kept:
    """Like `kept` in a scope that only reads, for rows that never change once they are there.

    Elsewhere `make` is asked each time: a transaction that is undone takes its rows with it, and
    what was kept of them would be wrong.
    """
    return kept(name, make=make) if _one_provider().is_reading else make()


def forget(name: str) -> None:
    """Make the next `kept` of that name in this scope read anew, after a change."""
    _one_provider().kept.pop(name, None)


def is_every_provider() -> bool:
    """Whether the block runs over all providers."""
    scope = _scope.get()
    return scope is not None and scope.provider == _EVERY_PROVIDER


def _one_provider() -> _Scope:
    scope = _scope.get()
    if scope is None or scope.provider == _EVERY_PROVIDER:
        raise UnscopedQuery(
            "unscoped_query", "This reads one provider's data: enter in_provider(...) first."
        )
    return scope


class ScopedQuerySet(models.QuerySet[Any]):
    """Rows of the provider in scope, none of which is made for, or moved to, another."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        rows = list(objs)
        for row in rows:
            row.check_scope()
        return super().bulk_create(rows, *args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        if not {"provider", "provider_id"}.isdisjoint(kwargs):
            raise _other_provider()
        return super().update(**kwargs)


class ScopedManager(models.Manager[Any]):
    """Narrows every query to the provider in scope."""

    def get_queryset(self) -> models.QuerySet[Any]:
        queryset = ScopedQuerySet(self.model, using=self._db)
        if is_every_provider():
            return queryset
        return queryset.filter(provider_id=provider_id())


class ScopedModel(models.Model):
    """A row that belongs to one provider. `provider` is filled from the scope on creation."""

    provider = models.ForeignKey(
        "foundation.Provider", on_delete=models.PROTECT, related_name="+", editable=False
    )

    objects = ScopedManager()

    class Meta:
        abstract = True
        # Related lookups, saves and cascades go through the same narrowing.
        base_manager_name = "objects"
        default_manager_name = "objects"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not args and "provider" not in kwargs and "provider_id" not in kwargs:
            kwargs["provider_id"] = provider_id()
        super().__init__(*args, **kwargs)

    def check_scope(self) -> None:
        """Raise UnscopedQuery where the row belongs to another provider than the one in scope."""
        if not is_every_provider() and self.provider_id != provider_id():
            raise _other_provider()

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        self.check_scope()
        super().save_base(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        # A single row is deleted by its id alone, past every manager.
        self.check_scope()
        return super().delete(*args, **kwargs)


class NumerousModel(ScopedModel):
    """Rows that come by the thousand, and are found by what they hang on, never by provider alone.

    Every index is paid for with every row. A foreign key has none here where a unique key begins
    with it, or where nothing is looked up by it.
    """

    provider = models.ForeignKey(
        "foundation.Provider",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
    )

    class Meta(ScopedModel.Meta):
        abstract = True


def _other_provider() -> UnscopedQuery:
    return UnscopedQuery(
        "other_provider",
        "This row belongs to another provider than the one in scope. Nothing was stored.",
    )
