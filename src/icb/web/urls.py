"""Which page answers which path: one folder of screens after the other."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from icb.web.lists import views as lists
from icb.web.shell import views as shell

_FOLDERS = (
    "home",
    "modules",
    "mapping",
    "activity",
    "organizations",
    "contracts",
    "usage",
    "billing",
    "invoices",
    "accounting",
    "payments",
    "delivery",
    "reports",
    "settings",
    "document_templates",
    "users",
    "help",
    "sign_in",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("lists/<slug:key>/columns", lists.choose_columns, name="list-columns"),
    path("lists/<slug:key>/views", lists.save_view, name="list-view-save"),
    path("lists/<slug:key>/views/delete", lists.delete_view, name="list-view-delete"),
    path("look", shell.choose_look, name="look"),
    *(path("", include(f"icb.web.{folder}.urls")) for folder in _FOLDERS),
]
