"""Where a request goes that may not go on: to sign in, to a second factor, or to hear why not."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse

from icb.web.sign_in.kept_forms import keep_form, page_of

PROVIDER = "provider"  # in the session: the id of the provider that the person works for


def ask_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """To the page for signing in, and back to this page afterwards.

    A form that was sent is kept, and can be sent again then.
    """
    target = reverse("kept-form") if keep_form(request) else page_of(request)
    address = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': target})}"
    return _sent_to(request, address)


def ask_for_second_factor(request: HttpRequest) -> HttpResponseBase:
    """To the page for setting up the second factor that the provider asks for."""
    return _sent_to(request, reverse("mfa_index"))


def without_provider(request: HttpRequest) -> HttpResponseBase:
    """The page of a person who is a member of no provider."""
    return render(request, "sign_in/no_provider.html", status=403)


def _sent_to(request: HttpRequest, address: str) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return redirect(address)
