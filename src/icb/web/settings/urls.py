"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.settings import audit_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings", views.settings, name="settings"),
    path("settings/profile", views.profile, name="settings-profile"),
    path("settings/profile/zone", views.change_zone, name="settings-zone"),
    path("settings/taxes", views.taxes, name="settings-taxes"),
    path("settings/numbering", views.numbering, name="settings-numbering"),
    path("settings/schedules", views.schedules, name="settings-schedules"),
    path("audit-log", audit_views.audit_log, name="audit-log"),
    path("audit-log/<int:number>", audit_views.show_event, name="audit-event"),
]
