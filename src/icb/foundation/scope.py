"""Provider scope: a query for one provider's rows cannot see another's.

The scope is entered once, where a request, a command or a job begins. Every model with provider
data reads through `ScopedManager`, which narrows to the provider in scope and raises where there
is none, so forgetting the scope is an error and never a leak.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models

from icb.kernel.errors import IcbError

_EVERY_PROVIDER = -1
_provider: ContextVar[int | None] = ContextVar("icb_provider", default=None)


class UnscopedQuery(IcbError):
    """A query for provider data ran outside any provider's scope."""


@contextmanager
def in_provider(provider_id: int) -> Iterator[None]:
    """Run the block for one provider; nests, and the outer scope returns at the end."""
    token = _provider.set(provider_id)
    try:
        yield
    finally:
        _provider.reset(token)


@contextmanager
def every_provider() -> Iterator[None]:
    """Run the block over all providers: for verify, backup and migrations, never for a screen."""
    token = _provider.set(_EVERY_PROVIDER)
    try:
        yield
    finally:
        _provider.reset(token)


def provider_id() -> int:
    """Return the id of the provider in scope.

    Raises UnscopedQuery where no single provider is in scope.
    """
    current = _provider.get()
    if current is None or current == _EVERY_PROVIDER:
        raise UnscopedQuery(
            "unscoped_query", "This reads one provider's data: enter in_provider(...) first."
        )
    return current


class ScopedManager(models.Manager[Any]):
    """Narrows every query to the provider in scope."""

    def get_queryset(self) -> models.QuerySet[Any]:
        queryset = super().get_queryset()
        if _provider.get() == _EVERY_PROVIDER:
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
