"""Push: the tokens and the signing secret with which programs send a connection's counts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.permissions import Permission
from icb.foundation.providers import current_provider, local_today
from icb.hub.connecting_queries import secrets_stored_at
from icb.hub.push_actions import create_token, revoke_token, set_signing_secret
from icb.hub.push_queries import SIGNING, tokens, unfinished_uploads
from icb.hub.queries import connection_named
from icb.kernel.errors import IcbError, NotFound, without_commands
from icb.web.modules.connection import frame


@page()
def push(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """Address, example, tokens and signing secret."""
    return _answer(request, connection)


@require_POST
@page(Permission.MANAGE_SECRETS)
def new_token(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """Make a token, and show it on this answer alone."""
    name = request.POST.get("name", "")
    try:
        made = create_token(connection, name=name)
    except IcbError as error:
        if isinstance(error, NotFound):
            raise
        return _answer(
            request,
            connection,
            status=422,
            problem=without_commands(error.message),
            token_name=name,
        )
    return _answer(request, connection, token=made.token)


@require_POST
@page(Permission.MANAGE_SECRETS)
def end_token(request: HttpRequest, *, connection: str, id: int) -> HttpResponseBase:
    """End a token of this connection."""
    key = connection_named(connection).key
    if all(row.id != id for row in tokens(key)):
        raise NotFound("unknown_token", _("There is no such token here. Nothing was changed."))
    revoke_token(id)
    messages.success(request, _("The token is revoked: whoever still shows it is refused."))
    return redirect("module-push", connection=key)


@require_POST
@page(Permission.MANAGE_SECRETS)
def new_signing(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """Make a signing secret in place of the one before, and show it on this answer alone."""
    return _answer(request, connection, signing=set_signing_secret(connection))


def _answer(
    request: HttpRequest, connection: str, *, status: int = 200, **shown: Any
) -> HttpResponseBase:
    frame_of = frame(connection_named(connection), here="module-push")
    key = frame_of["key"]
    provider = current_provider()
    context = {
        **frame_of,
        "tokens": sorted(tokens(key), key=lambda row: (row.revoked_at is not None, row.id)),
        "signing_at": secrets_stored_at(key).get(SIGNING),
        "unfinished": [row for row in unfinished_uploads() if row.connection == key],
        "push_address": request.build_absolute_uri("/api/v1/usage"),
        "signed_address": request.build_absolute_uri(f"/api/v1/usage/{provider.key}/{key}"),
        "example_day": local_today(),
        **shown,
    }
    return render(request, "modules/push.html", context, status=status)
