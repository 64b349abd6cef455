"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.help import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("help/<slug:topic>", views.topic, name="help"),
]
