"""One-time links: the first set-up, invitations, new passwords, signing in.

Opening a link changes nothing, so that a program that looks through mails does not use it up. The
token leaves the address at once: it would stand in the browser's history.
"""

from __future__ import annotations

from allauth.account.internal import flows
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import Login
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from icb.foundation.access import public
from icb.foundation.first_owner import set_up, suggested_owner
from icb.foundation.inputs import NewProvider, NewUser, Role
from icb.foundation.links import Link, LinkKind, digest_of, open_link
from icb.foundation.passwords import set_password_by_link, sign_in_by_link
from icb.foundation.providers import providers
from icb.kernel.errors import IcbError
from icb.web.errors import add_error
from icb.web.sign_in.forms import NewPasswordForm, OwnerForm, ProviderForm

_SESSION_NAME = "link"  # the digest of the token
_GONE, _UNPROCESSABLE = 410, 422
_RENAMED = {"name": "provider_name", "key": "provider_key"}


@require_safe
@public
def follow(request: HttpRequest, *, token: str) -> HttpResponseBase:
    """Take the token out of the address and go on."""
    request.session[_SESSION_NAME] = digest_of(token)
    return redirect("link")


@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "POST"])
@public
def link(request: HttpRequest) -> HttpResponseBase:
    """What the link that was followed is good for."""
    token_hash = request.session.get(_SESSION_NAME, "")
    found = open_link(token_hash)
    if found is None:
        return render(request, "sign_in/link_over.html", status=_GONE)
    if found.kind == LinkKind.SET_UP:
        return _set_up(request, token_hash)
    if found.kind == LinkKind.SIGN_IN:
        return _sign_in(request, token_hash, found)
    return _set_password(request, token_hash, found)


def _sign_in(request: HttpRequest, token_hash: str, found: Link) -> HttpResponseBase:
    if request.method == "GET":
        return render(request, "sign_in/link_sign_in.html", {"link": found})
    return _entered(request, sign_in_by_link(token_hash))


def _set_password(request: HttpRequest, token_hash: str, found: Link) -> HttpResponseBase:
    form = NewPasswordForm(request.POST or None)
    if form.is_valid():
        try:
            password = form.cleaned_data["password"]
            return _entered(request, set_password_by_link(token_hash, password=password))
        except IcbError as error:
            add_error(form, error=error)
    status = _UNPROCESSABLE if form.errors else 200
    return render(
        request, "sign_in/link_password.html", {"form": form, "link": found}, status=status
    )


def _set_up(request: HttpRequest, token_hash: str) -> HttpResponseBase:
    form = OwnerForm(request.POST or None, initial={"username": suggested_owner()})
    provider_form = None if providers() else ProviderForm(request.POST or None)
    forms = [form, *([provider_form] if provider_form else [])]
    if not [each for each in forms if not each.is_valid()]:
        try:
            return _entered(request, _made(token_hash, form, provider_form))
        except IcbError as error:
            name = error.details.get("field", "")
            error.details["field"] = _RENAMED.get(name, name)
            fitting = [each for each in forms if error.details["field"] in each.fields]
            add_error((fitting or forms)[0], error=error)
    status = _UNPROCESSABLE if any(each.errors for each in forms) else 200
    context = {"form": form, "provider_form": provider_form}
    return render(request, "sign_in/set_up.html", context, status=status)


def _made(token_hash: str, form: OwnerForm, provider_form: ProviderForm | None) -> AbstractBaseUser:
    said = form.cleaned_data
    owner = NewUser(said["username"], role=Role.OWNER, name=said["full_name"], email=said["email"])
    provider = None
    if provider_form:
        given = provider_form.cleaned_data
        provider = NewProvider(
            key=given["provider_key"],
            name=given["provider_name"],
            currency=given["currency"],
            timezone=given["timezone"],
        )
    return set_up(token_hash, owner=owner, password=said["password"], provider=provider)


def _entered(request: HttpRequest, user: AbstractBaseUser) -> HttpResponseBase:
    """Sign the user of a used link in, in a session of its own; a second factor is asked for."""
    flows.logout.logout(request, show_message=False)
    request.session.flush()
    record_authentication(request, user, method="one_time_link")
    return flows.login.perform_login(request, Login(user=user))
