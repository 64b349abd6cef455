"""The navigation: which pages there are, in which order, and by which letter after `g`."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from icb.foundation.actor import Permission

Words = str | Promise


class Entry(NamedTuple):
    """One page of the navigation; `view` is the name of its address, `go` the letter after g."""

    label: Words
    view: str
    icon: str
    go: str = ""
    permission: Permission = Permission.READ


class Group(NamedTuple):
    """Pages under one heading; the first group has none."""

    label: Words
    entries: tuple[Entry, ...]


class Link(NamedTuple):
    """An entry as a page shows it."""

    label: Words
    address: str
    icon: str
    go: str
    is_here: bool


NAVIGATION = (
    Group(
        "",
        (
            Entry(_("Home"), "home", "home", "h"),
            Entry(_("Insights"), "insights", "bulb", "i"),
        ),
    ),
    Group(
        _("Clients"),
        (
            Entry(_("Organizations"), "organizations", "building", "o"),
            Entry(_("Contracts"), "contracts", "notes", "c"),
            Entry(_("Usage"), "usage", "activity", "u"),
        ),
    ),
    Group(
        _("Billing"),
        (
            Entry(_("Approve and Post"), "approve-and-post", "checks", "p"),
            Entry(_("Holds"), "holds", "hand-stop", "d"),
            Entry(_("Invoices"), "invoices", "file-invoice", "n"),
            Entry(_("Payments"), "payments", "coin", "b"),
            Entry(_("Delivery"), "delivery", "send", "y"),
            Entry(_("Accounting transfer"), "accounting", "report-money", "t"),
            Entry(_("Reports"), "reports", "chart-bar", "r"),
        ),
    ),
    Group(
        _("Integrated Customer Billing"),
        (
            Entry(_("Enable by Module"), "modules", "plug-connected", "e"),
            Entry(_("Organization Mapping"), "organization-mapping", "arrows-left-right", "m"),
            Entry(_("Activity Log"), "activity", "history", "l"),
        ),
    ),
    Group(
        _("Administration"),
        (
            Entry(_("Settings"), "settings", "settings", "s"),
            Entry(_("Users"), "users", "users", "", Permission.MANAGE_USERS),
            Entry(_("Jobs"), "jobs", "list-check", "j"),
            Entry(_("Audit log"), "audit-log", "shield-check", "a"),
        ),
    ),
)


class ShownGroup(NamedTuple):
    """A group as a page shows it."""

    label: Words
    links: list[Link]


def navigation(path: str, *, permissions: Collection[Permission]) -> list[ShownGroup]:
    """The groups and links that somebody with these permissions sees on the page at `path`."""
    shown = []
    for group in NAVIGATION:
        links = [
            Link(entry.label, address, entry.icon, entry.go, _is_under(path, address))
            for entry in group.entries
            if entry.permission in permissions
            for address in _addresses(entry.view)
        ]
        if links:
            shown.append(ShownGroup(group.label, links))
    return shown


def _addresses(view: str) -> list[str]:
    try:
        return [reverse(view)]
    except NoReverseMatch:  # a page that is not there yet
        return []


def _is_under(path: str, address: str) -> bool:
    return path == address or (address != "/" and path.startswith(address.rstrip("/") + "/"))
