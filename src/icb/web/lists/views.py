"""Remembering how a person wants a list: its columns, and views under a name."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.preferences import preference, remember
from icb.kernel.errors import InvalidInput
from icb.web.shell.going_back import back_address

_MOST_VIEWS = 30
_LONGEST_NAME = 60


@require_POST
@page()
def choose_columns(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Remember which columns of a list the person wants to see."""
    remember(f"columns:{key}", value=request.POST.getlist("columns") or None)
    return redirect(back_address(request))


@require_POST
@page()
def save_view(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Keep what a list is asked now under a name; one of the same name is replaced."""
    name = request.POST.get("name", "").strip()[:_LONGEST_NAME]
    if not name:
        raise InvalidInput(
            field="name", message=_("name: a view needs a name. Nothing was stored. Give one.")
        )
    _path, _mark, query = back_address(request).partition("?")
    others = [view for view in preference(f"views:{key}", default=[]) if view["name"] != name]
    if len(others) >= _MOST_VIEWS:
        raise InvalidInput(
            field="name",
            message=_("name: there are 30 views already. Nothing was stored. Delete one first."),
        )
    remember(f"views:{key}", value=[*others, {"name": name, "query": f"?{query}"}])
    return redirect(back_address(request))


@require_POST
@page()
def delete_view(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Forget a saved view."""
    name = request.POST.get("name", "")
    left = [view for view in preference(f"views:{key}", default=[]) if view["name"] != name]
    remember(f"views:{key}", value=left or None)
    return redirect(back_address(request))
