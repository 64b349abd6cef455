"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.fields.keys import ONE
from icb.web.organizations import mapping_views, page_views, tax_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("organizations", views.organizations, name="organizations"),
    path("new-organization", views.new_organization, name="organization-new"),
    path("choices/organizations", views.organization_choices, name="organization-choices"),
    path(
        "choices/module-organizations",
        mapping_views.module_organization_choice_list,
        name="module-organization-choices",
    ),
    path(f"organizations/{ONE}", page_views.organization, name="organization"),
    path(f"organizations/{ONE}/edit", views.edit_organization, name="organization-edit"),
    path(
        f"organizations/{ONE}/mapping",
        mapping_views.organization_mapping_of,
        name="organization-mapping-of",
    ),
    path(
        f"organizations/{ONE}/suggestions",
        mapping_views.organization_suggestions,
        name="organization-suggestions",
    ),
    path(f"organizations/{ONE}/map", mapping_views.map_suggested, name="organization-map"),
    path(f"organizations/{ONE}/unmap", mapping_views.unmap, name="organization-unmap"),
    path(
        f"organizations/{ONE}/usage",
        page_views.organization_usage_tab,
        name="organization-usage",
    ),
    path(
        f"organizations/{ONE}/invoices",
        page_views.organization_invoices,
        name="organization-invoices",
    ),
    path(f"organizations/{ONE}/taxes", tax_views.organization_taxes, name="organization-taxes"),
    path(f"organizations/{ONE}/exempt", tax_views.exempt, name="organization-exempt"),
    path(
        f"organizations/{ONE}/exemptions/<int:exemption>/end",
        tax_views.end_exemption,
        name="organization-exemption-end",
    ),
    path(
        f"organizations/{ONE}/exemptions/<int:exemption>/remove",
        tax_views.remove_exemption,
        name="organization-exemption-remove",
    ),
    path(
        f"organizations/{ONE}/activity",
        page_views.organization_activity,
        name="organization-activity",
    ),
]
