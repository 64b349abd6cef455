"""Which page answers which path."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.config.health import health

urlpatterns: list[URLPattern | URLResolver] = [path("health", health, name="health")]
