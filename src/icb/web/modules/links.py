"""Addresses of other groups' pages: empty where there is no such page."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse


def link(view: str, **arguments: object) -> str:
    """The address of a page by its name; empty where nothing has the name."""
    try:
        return reverse(view, kwargs=arguments or None)
    except NoReverseMatch:
        return ""
