"""Theme and locale: how one person sees every page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.preferences import remember
from icb.web.shell.context import LOCALE, THEME
from icb.web.shell.formats import LOCALES
from icb.web.shell.going_back import back_address

THEMES = ("auto", "light", "dark")


@require_POST
@page()
def choose_look(request: HttpRequest) -> HttpResponseBase:
    """Remember the theme or the locale that the form names; an unknown one is not stored."""
    theme, locale = request.POST.get("theme", ""), request.POST.get("locale")
    if theme in THEMES:
        remember(THEME, value=theme)
    if locale in LOCALES:
        remember(LOCALE, value=locale)
    return redirect(back_address(request))
