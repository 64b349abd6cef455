"""One's own account: name, password, second factor, sessions."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from allauth.mfa.base.views import IndexView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from icb.foundation.access import page, personal
from icb.foundation.accounts import change_account, end_own_sessions, own_account
from icb.foundation.members import memberships_of
from icb.foundation.passwords import change_password
from icb.foundation.preferences import preference
from icb.foundation.second_factor import (
    has_second_factor,
    mark_used,
    providers_that_ask,
    record_change,
)
from icb.kernel.errors import IcbError, Refused
from icb.web.errors import add_error
from icb.web.shell.context import LOCALE
from icb.web.shell.formats import LOCALES
from icb.web.sign_in.agents import browser_words
from icb.web.sign_in.answers import UNPROCESSABLE, Told422
from icb.web.sign_in.forms import AccountForm, AddAppForm, ChangePasswordForm, NewPasswordForm


@require_http_methods(["GET", "POST"])
@page()
def account(request: HttpRequest) -> HttpResponseBase:
    """Name, e-mail, look, and ways to the rest."""
    username = request.user.get_username()
    own = own_account(username)
    form = AccountForm(request.POST or None, initial={"name": own.name, "email": own.email})
    if form.is_valid():
        try:
            change_account(username, **form.cleaned_data)
            messages.success(request, _("Your account was changed."))
            return redirect("account")
        except IcbError as error:
            add_error(form, error=error)
    context = {
        "form": form,
        "own": own,
        "locales": LOCALES.items(),
        "locale": preference(LOCALE, default=""),
        "providers": memberships_of(username),
        "has_second_factor": has_second_factor(username),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "sign_in/account.html", context, status=status)


@sensitive_post_parameters("old", "password", "password_again")
@require_http_methods(["GET", "POST"])
@personal
def password(request: HttpRequest) -> HttpResponseBase:
    """Change the password, or set the first one; the other sessions end."""
    user = request.user
    has_old = bool(user.is_authenticated and user.has_usable_password())
    form = (ChangePasswordForm if has_old else NewPasswordForm)(request.POST or None)
    if form.is_valid():
        too_many = ratelimit.consume_or_429(request, action="change_password", user=user)
        if too_many:
            return too_many
        try:
            said = form.cleaned_data
            changed = change_password(
                user.get_username(), old=said.get("old", ""), new=said["password"]
            )
            _go_on(request, user=changed)
            messages.success(request, _("The password was changed; your other sessions ended."))
            return redirect("account")
        except IcbError as error:
            add_error(form, error=error)
    status = UNPROCESSABLE if form.errors else 200
    return render(
        request, "sign_in/password.html", {"form": form, "has_old": has_old}, status=status
    )


def _go_on(request: HttpRequest, *, user: Any) -> None:
    """Let this session, under a new key, outlive the others that a change has ended."""
    update_session_auth_hash(request, user)
    UserSession.objects.create_from_request(request)


class _TwoFactor(IndexView):
    template_name = "sign_in/two_factor.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        found = context["authenticators"]
        codes = found.get("recovery_codes")
        return {
            **context,
            "app": found.get("totp"),
            "codes_left": len(codes.get_unused_codes()) if codes else 0,
            "asking": providers_that_ask(self.request.user.get_username()),
        }


class _AddApp(Told422, ActivateTOTPView):
    template_name = "sign_in/two_factor_add.html"
    form_class = AddAppForm

    def form_valid(self, form: BaseForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        username = self.request.user.get_username()
        mark_used(username, code=form.cleaned_data["code"])
        record_change(username, action="add_second_factor")
        return response

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        picture = context["totp_svg"].partition("?>")[2] or context["totp_svg"]
        # Drawn by a library from an address of ours: paths and numbers, no text of anybody.
        return {**context, "picture": mark_safe(picture), "seed": context["form"].secret}


class _RemoveApp(Told422, DeactivateTOTPView):
    template_name = "sign_in/two_factor_remove.html"

    def form_valid(self, form: BaseForm) -> HttpResponse:
        username = self.request.user.get_username()
        asking = providers_that_ask(username)
        if asking:
            raise Refused(
                "second_factor_required",
                _("%(names)s asks for a second factor. Nothing was changed.")
                % {"names": ", ".join(asking)},
            )
        response: HttpResponse = super().form_valid(form)
        record_change(username, action="remove_second_factor")
        messages.success(self.request, _("The second factor was removed."))
        return response


class _Codes(ViewRecoveryCodesView):
    template_name = "sign_in/codes.html"


class _NewCodes(Told422, GenerateRecoveryCodesView):
    template_name = "sign_in/codes_new.html"

    def form_valid(self, form: BaseForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        record_change(self.request.user.get_username(), action="make_recovery_codes")
        return response


class _Sessions(ListUserSessionsView):
    template_name = "sign_in/sessions.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        shown = [
            {
                "created_at": session.created_at,
                "ip": session.ip,
                "browser": browser_words(session.user_agent),
                "is_this": session.is_current(),
            }
            for session in context["sessions"]
        ]
        return {**context, "sessions": shown}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        user = end_own_sessions(self.request.user.get_username())
        _go_on(self.request, user=user)
        messages.success(self.request, _("Your other sessions ended."))
        return redirect("usersessions_list")


two_factor = personal(_TwoFactor.as_view())
add_app = personal(_AddApp.as_view())
remove_app = personal(_RemoveApp.as_view())
codes = personal(_Codes.as_view())
new_codes = personal(_NewCodes.as_view())
sessions = personal(_Sessions.as_view())
