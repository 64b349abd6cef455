"""Middleware: runs each view as the person who signed in, in the scope of one provider."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse

from icb.foundation.access import Access, access_of
from icb.foundation.actor import acting_as, require
from icb.foundation.members import memberships_of
from icb.foundation.scope import in_provider
from icb.kernel.errors import IcbError
from icb.web.errors import told
from icb.web.sign_in.doors import ask_to_sign_in, without_provider

PROVIDER = "provider"  # in the session: the id of the provider that the person works for
Answer = Callable[[HttpRequest], HttpResponseBase]


class UnmarkedView(Exception):
    """A view that says nothing about who may open it."""


class RequestScope:
    """Asks what the view is marked with, enters the scope, and tells refusals in words."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Django's hook before a view: the answer, or None to let the view run without a scope."""
        access = access_of(view)
        if access is None:
            raise UnmarkedView(f"{view.__module__}.{view.__name__} says nothing about access")
        if access.is_public:
            return None
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        if not access.needs_provider:
            return None
        provider = chosen_provider(request)
        if provider is None:
            return without_provider(request)
        with in_provider(provider), acting_as(request.user.get_username()):
            return _answered(request, view, args, kwargs)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Django's hook for what a view without a scope raised."""
        return told(request, error) if isinstance(error, IcbError) else None


def chosen_provider(request: HttpRequest) -> int | None:
    """The id of the provider that the person works for; None where there is none to choose.

    Without a choice the first membership counts. One that has ended is never used.
    """
    mine = memberships_of(request.user.get_username())
    chosen = request.session.get(PROVIDER)
    if chosen in mine:
        return int(chosen)
    return next(iter(mine), None)


def _answered(
    request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
) -> HttpResponseBase:
    access = access_of(view)
    try:
        if isinstance(access, Access) and access.permission:
            require(access.permission)
        response: HttpResponseBase = view(request, *args, **kwargs)
        # Templates read lazily: inside the scope, or not at all.
        if isinstance(response, SimpleTemplateResponse):
            response.render()
    except IcbError as error:
        return told(request, error)
    return response
