"""Where a request goes that may not go on: to sign in, to a second factor, or to hear why not."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse

from icb.foundation.access import access_of, public
from icb.web.errors import not_taken
from icb.web.sign_in.kept_forms import keep_form, page_of

PROVIDER = "provider"  # in the session: the id of the provider that the person works for


def ask_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """To the page for signing in, and back to this page afterwards.

    A form that was sent is kept, and can be sent again then.
    """
    target = reverse("kept-form") if keep_form(request) else page_of(request)
    address = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': target})}"
    return _sent_to(request, address)


@public
def forged(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """A form without the mark of its page: from elsewhere, or from before signing in anew.

    One that a page of this site sent for who is signed in is kept, to be looked at and sent again.
    One from elsewhere, from nobody who is signed in, or to a page for everybody is refused.
    """
    access = request.resolver_match and access_of(request.resolver_match.func)
    is_personal = request.user.is_authenticated and access and not access.is_public
    if not is_personal or not _is_from_here(request) or not keep_form(request):
        return not_taken(request)
    return _sent_to(request, reverse("kept-form"))


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


def _is_from_here(request: HttpRequest) -> bool:
    """Whether the browser says that a page of this site sent it: pages cannot write this header."""
    return urlsplit(request.headers.get("Origin", "")).netloc == request.get_host()
