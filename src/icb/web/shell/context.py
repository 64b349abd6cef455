"""What every template may use: the provider, the person, what they may do, how they see it."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.http import HttpRequest

from icb.foundation.actor import allowed
from icb.foundation.installation import is_demo
from icb.foundation.preferences import preferences
from icb.foundation.providers import current_provider, local_today, provider_days
from icb.foundation.remembered import Memory
from icb.foundation.scope import has_provider
from icb.web.help.topics import topic_of
from icb.web.shell.formats import use_locale
from icb.web.shell.navigation import navigation

THEME, LOCALE = "theme", "locale"
_demo: Memory[bool] = Memory()  # a database is made as a demo, and stays one


def shell(request: HttpRequest) -> dict[str, Any]:
    """Django's context processor; without a provider in scope only what needs none."""
    if not has_provider():
        return {"theme": "auto", "may": frozenset()}
    mine = preferences([THEME, LOCALE])
    use_locale(mine.get(LOCALE, ""))
    permissions = allowed()
    match = request.resolver_match
    return {
        "help_topic": topic_of(match.url_name or "") if match else "",
        "theme": mine.get(THEME, "auto"),
        "may": frozenset(permission.value for permission in permissions),
        "provider": current_provider(),
        "today": local_today(),
        "zone": provider_days().zone_on(local_today()),
        "is_demo": _demo.answer("", stamp=connection.settings_dict["NAME"], make=is_demo),
        "navigation": navigation(request.path, permissions=permissions),
    }
