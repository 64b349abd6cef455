"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.fields.keys import ONE
from icb.web.payments import file_views, statement_views, views

_PAYMENT = "payments/<int:number>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("payments", views.payments, name="payments"),
    path("payments/new", views.payment_new, name="payment-new"),
    path("payments/files", file_views.payment_files, name="payment-files"),
    path("payments/files/look", file_views.look, name="payment-file-look"),
    path("payments/files/take", file_views.take, name="payment-file-take"),
    path("payments/files/undo", file_views.undo, name="payment-file-undo"),
    path(_PAYMENT, views.payment, name="payment"),
    path(f"{_PAYMENT}/allocate", views.payment_allocate, name="payment-allocate"),
    path(f"{_PAYMENT}/reverse", views.payment_reverse, name="payment-reverse"),
    path(
        "allocations/<int:allocation>/take-back",
        views.allocation_take_back,
        name="allocation-take-back",
    ),
    path("invoices/<key:number>/settle", views.invoice_settle, name="invoice-settle"),
    path("invoices/<key:number>/allocate", views.credit_allocate, name="credit-allocate"),
    path(
        f"organizations/{ONE}/statement",
        statement_views.organization_statement,
        name="statement",
    ),
    path("reports/receivables", statement_views.receivables, name="report-receivables"),
]
