"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.organizations import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("organizations", views.organizations, name="organizations"),
]
