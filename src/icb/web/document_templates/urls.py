"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.document_templates import editor_views, views

_ONE = "settings/templates/<slug:key>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/templates", views.document_templates, name="document-templates"),
    path(_ONE, editor_views.document_template, name="document-template"),
    path(f"{_ONE}/preview", editor_views.preview, name="document-template-preview"),
    path(f"{_ONE}/pages/<int:page>.png", editor_views.template_page, name="document-template-page"),
    path(f"{_ONE}/copy", views.copy, name="document-template-copy"),
    path(f"{_ONE}/default", views.set_default, name="document-template-default"),
    path(f"{_ONE}/remove", views.retire, name="document-template-remove"),
    path(f"{_ONE}/logo", views.change_logo, name="document-template-logo"),
    path("organizations/<key:key>/template", views.choose, name="organization-template"),
]
