"""What the sign-in library asks of us: words that tell nothing, records, sealed seeds."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from icb.foundation.accounts import record_failed_sign_in, record_sign_in, record_sign_out
from icb.foundation.second_factor_seeds import PLACE
from icb.foundation.secrets import key_ring
from icb.kernel import clock
from icb.web.sign_in.kept_forms import remember_who

NEUTRAL = _("The user name or the password is not right.")
_FRESH_SECONDS = 300


class Accounts(DefaultAccountAdapter):
    """Accounts are made by owners only; every coming and going is recorded."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": NEUTRAL,
        "username_password_mismatch": NEUTRAL,
        "too_many_login_attempts": _(
            "That was tried too often. Wait some minutes, then try again."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        means = [record["method"] for record in get_authentication_records(request, user)]
        super().login(request, user)
        address = self.get_client_ip(request)
        record_sign_in(user.get_username(), means=", ".join(means), address=address)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **more: Any) -> HttpResponse:
        response = super().post_login(request, user, **more)
        remember_who(request, response=response)
        return response

    def logout(self, request: HttpRequest) -> None:
        record_sign_out(request.user.get_username())
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        login = credentials.get("username") or credentials.get("email") or ""
        record_failed_sign_in(login, means="password", address=self.get_client_ip(request))

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """A user who was stopped hears what everybody hears."""
        address = self.get_client_ip(request)
        record_failed_sign_in(user.get_username(), means="stopped user", address=address)
        messages.error(request, NEUTRAL)
        return redirect(settings.LOGIN_URL)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever signed in a moment ago is not asked again."""
        request = context.request
        records = get_authentication_records(request, request.user)
        newest = max((record["at"] for record in records), default=0)
        return bool(clock.now().timestamp() - newest > _FRESH_SECONDS)


class SecondFactors(DefaultMFAAdapter):
    """The seeds of second factors, sealed with the keys of the installation."""

    def encrypt(self, text: str) -> str:
        return key_ring().seal(text, place=PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        return key_ring().open(encrypted_text, place=PLACE)

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()
