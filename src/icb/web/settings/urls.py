"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.fields.keys import ONE
from icb.web.settings import audit_views, tax_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings", views.settings, name="settings"),
    path("settings/profile", views.profile, name="settings-profile"),
    path("settings/profile/zone", views.change_zone, name="settings-zone"),
    path("settings/taxes", tax_views.taxes, name="settings-taxes"),
    path("settings/tax-day", tax_views.change_tax_day, name="settings-tax-day"),
    path(f"settings/taxes/{ONE}", tax_views.tax, name="settings-tax"),
    path(
        f"settings/taxes/{ONE}/percentages",
        tax_views.set_percentage,
        name="settings-tax-percentage",
    ),
    path(f"settings/taxes/{ONE}/remove", tax_views.remove_percentage, name="settings-tax-remove"),
    path("settings/numbering", views.numbering, name="settings-numbering"),
    path("settings/schedules", views.schedules, name="settings-schedules"),
    path("audit-log", audit_views.audit_log, name="audit-log"),
    path("audit-log/<int:number>", audit_views.show_event, name="audit-event"),
]
