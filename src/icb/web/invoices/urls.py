"""Addresses of this folder's pages. No word below `invoices/` is a number: these end in a digit."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.invoices import (
    archive_views,
    correcting_views,
    document_views,
    electronic_views,
    line_views,
    preview_views,
    views,
)

_ONE = "invoices/<key:number>"
_PREVIEW = "invoices/preview/<key:organization>/<str:currency>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("invoices", views.items_to_invoice, name="invoices"),
    path("invoices/issued", views.issued, name="invoices-issued"),
    path("invoices/archive", archive_views.archive, name="invoices-archive"),
    path("invoices/numbers", views.numbers, name="invoices-numbers"),
    path("invoices/process", views.process, name="invoices-process"),
    path("invoices/issue", views.issue, name="invoices-issue"),
    path(_PREVIEW, preview_views.preview, name="invoices-preview"),
    path(
        f"{_PREVIEW}/<int:document>/<int:page>.png",
        preview_views.preview_page,
        name="invoices-preview-page",
    ),
    path(_ONE, document_views.invoice, name="invoice"),
    path(f"{_ONE}/changes", document_views.invoice_changes, name="invoice-changes"),
    path(f"{_ONE}/document", document_views.invoice_document, name="invoice-document"),
    path(f"{_ONE}/pages/<int:page>.png", preview_views.document_page, name="invoice-page"),
    path(f"{_ONE}/pdf", preview_views.pdf, name="invoice-pdf"),
    path(f"{_ONE}/electronic", electronic_views.electronic, name="invoice-electronic"),
    path(f"{_ONE}/electronic/check", electronic_views.check, name="invoice-electronic-check"),
    path(
        f"{_ONE}/electronic/format",
        electronic_views.choose_format,
        name="invoice-electronic-format",
    ),
    path(
        f"{_ONE}/electronic/file/<str:format>",
        electronic_views.electronic_download,
        name="invoice-electronic-file",
    ),
    path(f"{_ONE}/void", correcting_views.void, name="invoice-void"),
    path(f"{_ONE}/credit", correcting_views.credit, name="invoice-credit"),
    path(f"{_ONE}/lines/<int:line>", line_views.invoice_line, name="invoice-line"),
]
