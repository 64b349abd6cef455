"""Addresses of this folder's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from icb.web.delivery import (
    bounce_views,
    invoice_views,
    link_views,
    organization_views,
    queue_views,
    settings_views,
    template_views,
)
from icb.web.fields.keys import ONE

_OF_INVOICE = "invoices/<key:number>/delivery"
_OF_ORGANIZATION = f"organizations/{ONE}/delivery"
_WORDS = "delivery/messages/<slug:kind>/<slug:language>"
_LINK = "d/<str:token>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("delivery", queue_views.queue, name="delivery"),
    path("delivery/send", queue_views.send, name="delivery-send"),
    path("delivery/retry", queue_views.retry, name="delivery-retry"),
    path("delivery/cancel", queue_views.cancel, name="delivery-cancel"),
    path("delivery/<int:id>", queue_views.message, name="delivery-message"),
    path("delivery/<int:id>/resolve", queue_views.resolve, name="delivery-resolve"),
    path("delivery/bounces", bounce_views.bounces, name="bounces"),
    path("delivery/bounces/clear", bounce_views.clear, name="bounces-clear"),
    path("delivery/mail-server", settings_views.server, name="mail-server"),
    path("delivery/usual", settings_views.choose_usual, name="delivery-usual"),
    path("delivery/test", settings_views.send_test, name="mail-server-test"),
    path("delivery/messages", template_views.templates, name="message-templates"),
    path(_WORDS, template_views.template, name="message-template"),
    path(f"{_WORDS}/preview", template_views.preview, name="message-template-preview"),
    path(f"{_WORDS}/reset", template_views.reset, name="message-template-reset"),
    path(_OF_INVOICE, invoice_views.invoice_delivery, name="invoice-delivery"),
    path(f"{_OF_INVOICE}/send", invoice_views.send, name="invoice-send"),
    path(f"{_OF_INVOICE}/link", invoice_views.link, name="invoice-link"),
    path(f"{_OF_INVOICE}/link/<int:id>/revoke", invoice_views.revoke, name="invoice-link-revoke"),
    path(_OF_ORGANIZATION, organization_views.recipients, name="organization-delivery"),
    path(f"{_OF_ORGANIZATION}/choose", organization_views.choose, name="organization-delivery-set"),
    path(f"{_OF_ORGANIZATION}/statement", organization_views.send_account, name="statement-send"),
    path(f"{_OF_ORGANIZATION}/<int:id>", organization_views.recipient, name="recipient"),
    path(f"{_OF_ORGANIZATION}/<int:id>/remove", organization_views.remove, name="recipient-remove"),
    path(_LINK, link_views.shared, name="shared"),
    path(f"{_LINK}/pdf", link_views.shared_pdf, name="shared-pdf"),
    path(f"{_LINK}/pages/<int:page>.png", link_views.shared_page, name="shared-page"),
]
