"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.mapping import by_module, by_organization, deciding, saving

_ROOT = "organization-mapping"

urlpatterns: list[URLPattern | URLResolver] = [
    path(_ROOT, by_organization.grid, name="organization-mapping"),
    path(f"{_ROOT}/options/<str:module>", by_organization.choices, name="mapping-options"),
    path(f"{_ROOT}/suggestions", by_organization.suggestions, name="mapping-suggestions"),
    path(f"{_ROOT}/columns", by_organization.order_columns, name="mapping-columns"),
    path(f"{_ROOT}/save", saving.save, name="mapping-save"),
    path(f"{_ROOT}/effect", saving.effect, name="mapping-effect"),
    path(f"{_ROOT}/modules", by_module.first_module, name="organization-mapping-modules"),
    path(
        f"{_ROOT}/modules/<str:module>",
        by_module.module_organizations,
        name="organization-mapping-by-module",
    ),
    path(f"{_ROOT}/modules/<str:module>/decide", deciding.decide, name="mapping-decide"),
    path(f"{_ROOT}/organizations", by_module.organization_choices, name="mapping-organizations"),
]
