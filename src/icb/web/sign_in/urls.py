"""Addresses of this folder's pages. Where there are two names, the second is the library's."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.foundation.links import PATH
from icb.web.sign_in import account_views, link_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in", views.sign_in, name="account_login"),
    path("sign-in/code", views.second_factor, name="mfa_authenticate"),
    path("sign-in/again", views.again, name="account_reauthenticate"),
    path("sign-in/again/code", views.code_again, name="mfa_reauthenticate"),
    path("sign-in/forgotten", views.forgotten, name="forgotten"),
    path("sign-in/kept", views.kept, name="kept-form"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("provider", views.choose_provider, name="choose-provider"),
    path(f"{PATH.lstrip('/')}<str:token>", link_views.follow, name="follow-link"),
    path(PATH.strip("/"), link_views.link, name="link"),
    path("account", account_views.account, name="account"),
    path("account/password", account_views.password, name="password"),
    path("account/two-factor", account_views.two_factor, name="mfa_index"),
    path("account/two-factor/add", account_views.add_app, name="mfa_activate_totp"),
    path("account/two-factor/remove", account_views.remove_app, name="mfa_deactivate_totp"),
    path("account/two-factor/codes", account_views.codes, name="mfa_view_recovery_codes"),
    path(
        "account/two-factor/codes/new", account_views.new_codes, name="mfa_generate_recovery_codes"
    ),
    path("account/sessions", account_views.sessions, name="usersessions_list"),
]
