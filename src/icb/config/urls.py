"""Which page answers which path."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from icb.api.v1.answers import no_such_address
from icb.api.v1.usage import push_usage
from icb.config.health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("api/v1/usage", push_usage, name="push-usage"),
    path("api/v1/usage/<str:provider>/<str:connection>", push_usage, name="push-usage-signed"),
    re_path("^api/", no_such_address),
    path("", include("icb.web.urls")),
]
handler400 = "icb.web.errors.unreadable"
handler429 = "icb.web.errors.too_many"
handler404 = "icb.web.errors.absent"
handler500 = "icb.web.errors.broken"
