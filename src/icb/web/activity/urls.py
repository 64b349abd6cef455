"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.activity import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("activity", views.activity, name="activity"),
    path("activity/failed", views.only_failed, name="activity-failed"),
    path("activity/choices/<slug:kind>", views.choices, name="activity-choices"),
]
