"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.contracts import (
    catalogue_views,
    form_views,
    service_mapping_views,
    service_views,
    template_views,
    views,
)
from icb.web.fields.keys import ONE

_HERE = f"contracts/{ONE}"
_SERVICE = f"{_HERE}/services/<key:service>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("contracts", views.contracts, name="contracts"),
    path("new-contract", form_views.new_contract, name="contract-new"),
    path("choices/contracts", views.contract_choices, name="contract-choices"),
    path(_HERE, views.contract, name="contract"),
    path(f"{_HERE}/edit", form_views.edit_contract, name="contract-edit"),
    path(f"{_HERE}/end", form_views.end_of_contract, name="contract-end"),
    path(f"{_HERE}/services", service_views.contract_services_tab, name="contract-services"),
    path(f"{_HERE}/add-service", service_views.add_service, name="contract-service-add"),
    path(f"{_SERVICE}/price", service_views.adjust_price, name="contract-price"),
    path(f"{_SERVICE}/units", service_views.adjust_units, name="contract-units"),
    path(
        f"{_HERE}/mapping",
        service_mapping_views.contract_service_mapping,
        name="contract-service-mapping",
    ),
    path(f"{_HERE}/mapping/add", service_mapping_views.add_for_type, name="contract-mapping-add"),
    path(f"{_HERE}/template", template_views.save_template, name="mapping-template-save"),
    path(f"{_HERE}/unit-changes", views.contract_unit_changes, name="contract-unit-changes"),
    path(f"{_HERE}/notes", views.contract_notes, name="contract-notes"),
    path(f"{_HERE}/expected", views.contract_expected, name="contract-expected"),
    path(f"{_HERE}/preview", views.contract_preview, name="contract-preview"),
    path(f"{_HERE}/items", views.contract_preview_items, name="contract-preview-items"),
    path("mapping-templates", template_views.templates, name="mapping-templates"),
    path("mapping-templates/<key:name>", template_views.template, name="mapping-template"),
    path(
        "mapping-templates/<key:name>/delete",
        template_views.delete,
        name="mapping-template-delete",
    ),
    path("services", catalogue_views.services, name="services"),
    path("new-service", catalogue_views.new_service, name="service-new"),
    path(f"services/{ONE}", catalogue_views.edit_service, name="service-edit"),
    path(f"services/{ONE}/offer", catalogue_views.offer_service, name="service-offer"),
]
