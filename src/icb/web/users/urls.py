"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.users import views

_OF = "users/of/<path:username>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("users", views.users, name="users"),
    path("users/invite", views.invite, name="invite"),
    path("users/second-factor", views.require, name="require-second-factor"),
    path(f"{_OF}/role", views.role, name="user-role"),
    path(f"{_OF}/link", views.link, name="user-link"),
    path(f"{_OF}/end-sessions", views.end, name="user-end-sessions"),
    path(f"{_OF}/second-factor", views.drop_second_factor, name="user-second-factor"),
    path(f"{_OF}/remove", views.remove, name="user-remove"),
    path(_OF, views.user, name="user"),
]
