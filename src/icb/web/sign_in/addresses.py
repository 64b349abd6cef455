"""Where the pages are, as links that are mailed or handed over must say it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def base_url(request: HttpRequest) -> str:
    """ICB_URL; where it is not set, the host that was asked, which is one of ICB_HOSTS."""
    scheme = "https" if settings.ENVIRONMENT.is_https else request.scheme
    return settings.ENVIRONMENT.url or f"{scheme}://{request.get_host()}"
