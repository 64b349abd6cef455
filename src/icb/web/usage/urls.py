"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.usage import explorer

urlpatterns: list[URLPattern | URLResolver] = [
    path("usage", explorer.usage, name="usage"),
]
