"""Middleware: runs each view as the person who signed in, in the scope of one provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from icb.foundation.access import Access, access_of
from icb.foundation.actor import acting_as_member, require
from icb.foundation.members import memberships_of
from icb.foundation.scope import in_provider
from icb.foundation.second_factor import has_second_factor
from icb.kernel.errors import IcbError, NotPermitted
from icb.web.errors import told
from icb.web.sign_in.doors import (
    PROVIDER,
    ask_for_second_factor,
    ask_to_sign_in,
    without_provider,
)

_STACK = "icb_scope"  # on the request: what ends with it


class UnmarkedView(Exception):
    """A view that says nothing about who may open it."""


Answer = Callable[[HttpRequest], HttpResponseBase]


class RequestScope(MiddlewareMixin):
    """Asks what the view is marked with, enters the scope, and tells refusals in words."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer; the scope that `process_view` enters lasts until it is there."""
        with ExitStack() as stack:
            setattr(request, _STACK, stack)
            answer: Answer = self.get_response  # type: ignore[assignment]
            return answer(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Django's hook before a view: the answer in its place, or None to let the view run."""
        access = access_of(view)
        if access is None:
            raise UnmarkedView(f"{view.__module__}.{view.__name__} says nothing about access")
        if access.is_public:
            return None
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        mine = memberships_of(request.user.get_username())
        provider = _chosen(request, mine)
        if provider is None:
            return without_provider(request) if access.needs_provider else None
        username = request.user.get_username()
        asks = access.needs_provider and mine[provider].asks_second_factor
        if asks and not has_second_factor(username):
            return ask_for_second_factor(request)
        stack: ExitStack = getattr(request, _STACK)
        is_reading = request.method in ("GET", "HEAD")
        stack.enter_context(in_provider(provider, is_reading=is_reading))
        stack.enter_context(acting_as_member(username, role=mine[provider].role))
        return _refusal(request, access)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Django's hook for what a view raised: the project's own errors are told in words."""
        return told(request, error) if isinstance(error, IcbError) else None


def _refusal(request: HttpRequest, access: Access) -> HttpResponseBase | None:
    """The answer to somebody without the permission that the view asks for."""
    try:
        if access.permission:
            require(access.permission)
    except NotPermitted as error:
        return told(request, error)
    return None


def chosen_provider(request: HttpRequest) -> int | None:
    """The id of the provider that the person works for; None where there is none to choose.

    Without a choice the first membership counts. One that has ended is never used.
    """
    return _chosen(request, memberships_of(request.user.get_username()))


def _chosen(request: HttpRequest, mine: Mapping[int, object]) -> int | None:
    chosen = request.session.get(PROVIDER)
    if isinstance(chosen, int) and chosen in mine:
        return chosen
    return next(iter(mine), None)
