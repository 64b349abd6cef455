"""Signing in and out, the second factor, a forgotten password, the choice of provider."""

from __future__ import annotations

from typing import Any

from allauth.account.internal import flows
from allauth.account.views import LoginView, ReauthenticateView
from allauth.core import ratelimit
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as ReauthenticateByCodeView
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from icb.foundation.access import personal, public
from icb.foundation.links import can_anybody_sign_in
from icb.foundation.members import memberships_of
from icb.kernel.errors import NotFound
from icb.web.shell.going_back import back_address
from icb.web.sign_in.addresses import base_url
from icb.web.sign_in.answers import Told422
from icb.web.sign_in.doors import PROVIDER
from icb.web.sign_in.forms import AgainForm, CodeAgainForm, CodeForm, ForgottenForm, SignInForm
from icb.web.sign_in.kept_forms import forget_form, kept_form
from icb.web.sign_in.mails import is_mail_sent, mail_reset_links


class _SignIn(Told422, LoginView):
    template_name = "sign_in/sign_in.html"
    form_class = SignInForm

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        return {**context, "is_set_up": can_anybody_sign_in()}


class _SecondFactor(Told422, AuthenticateView):
    template_name = "sign_in/second_factor.html"
    form_class = CodeForm


class _Again(Told422, ReauthenticateView):
    template_name = "sign_in/again.html"
    form_class = AgainForm


class _CodeAgain(Told422, ReauthenticateByCodeView):
    template_name = "sign_in/again.html"
    form_class = CodeAgainForm


sign_in = public(_SignIn.as_view())
second_factor = public(_SecondFactor.as_view())
again = personal(_Again.as_view())
code_again = personal(_CodeAgain.as_view())


@require_POST
@public
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End this session, or a signing in that stopped half-way."""
    flows.logout.logout(request, show_message=False)
    return redirect("sign-in")


@require_http_methods(["GET", "POST"])
@public
def forgotten(request: HttpRequest) -> HttpResponseBase:
    """Mail a link for a new password; the answer is the same whoever asks for whomever."""
    form = ForgottenForm(request.POST or None)
    if not is_mail_sent() or not form.is_valid():
        return render(request, "sign_in/forgotten.html", {"form": form, "has_mail": is_mail_sent()})
    login = form.cleaned_data["login"]
    too_many = ratelimit.consume_or_429(request, action="reset_password", key=login.lower())
    if too_many:
        return too_many
    mail_reset_links(login, base_url=base_url(request))
    return render(request, "sign_in/mailed.html")


@require_http_methods(["GET", "POST"])
@personal
def kept(request: HttpRequest) -> HttpResponseBase:
    """What was sent when the session had run out: to be sent again, or to be dropped."""
    if request.method == "POST":
        forget_form(request)
        return redirect(back_address(request))
    form = kept_form(request)
    if form is None:
        messages.info(request, _("You are signed in. There is no form to send again."))
        return redirect("/")
    return render(request, "sign_in/kept.html", {"kept": form})


@require_POST
@personal
def choose_provider(request: HttpRequest) -> HttpResponseBase:
    """Work for another provider from here on; NotFound where the person is no member of it."""
    chosen = request.POST.get("provider", "")
    mine = memberships_of(request.user.get_username())
    if not chosen.isdecimal() or int(chosen) not in mine:
        raise NotFound(
            "unknown_provider",
            _("You are no member of this provider. Nothing was changed. Choose one of yours."),
        )
    request.session[PROVIDER] = int(chosen)
    messages.success(request, _("You work for %(name)s now.") % {"name": mine[int(chosen)].name})
    return redirect("/")
