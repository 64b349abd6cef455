"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.usage import explorer, hold_decision, holds

urlpatterns: list[URLPattern | URLResolver] = [
    path("usage", explorer.usage, name="usage"),
    path("holds", holds.holds, name="holds"),
    path("holds/decided", holds.decided, name="holds-decided"),
    path("holds/decided/<int:id>/take-back", holds.take_back, name="hold-take-back"),
    path("holds/decide", hold_decision.hold_decision, name="hold-decision"),
]
