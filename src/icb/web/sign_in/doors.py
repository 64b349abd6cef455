"""Where a request goes that may not go on: to sign in, or to hear that no provider is there."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url


def ask_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """To the page for signing in, and back to this address afterwards."""
    address = resolve_url(settings.LOGIN_URL)
    target = request.get_full_path() if request.method == "GET" else "/"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return redirect(f"{address}?{urlencode({'next': target})}")


def without_provider(request: HttpRequest) -> HttpResponseBase:
    """The page of a person who is a member of no provider."""
    return render(request, "sign_in/no_provider.html", status=403)
