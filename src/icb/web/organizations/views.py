"""The list of organizations."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from icb.foundation.access import page
from icb.organizations.queries import OrganizationRow, organization_page
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Column, Empty, Listing, Look


def address_of(row: OrganizationRow) -> str:
    """The page of an organization."""
    return reverse("organizations") + row.key


ORGANIZATIONS = Listing(
    key="organizations",
    title=_("Organizations"),
    rows=organization_page,
    sort="name",
    search=_("Search name, key or domain"),
    columns=(
        Column(key="name", label=_("Organization"), value=lambda row: row.name, link=address_of),
        Column(key="key", label=_("Key"), value=lambda row: row.key),
        Column(key="type", label=_("Type"), value=lambda row: row.type, look=Look.STATE),
        Column(key="currency", label=_("Currency"), value=lambda row: row.currency),
        Column(key="parent", label=_("Parent"), value=lambda row: row.parent, is_shown=False),
        Column(key="domain", label=_("Domain"), value=lambda row: row.domain),
        Column(key="email", label=_("E-mail"), value=lambda row: row.email, is_shown=False),
    ),
    empty=Empty(
        title=_("No organizations yet"),
        text=_("Organizations are the clients who get invoices."),
    ),
)


@page()
def organizations(request: HttpRequest) -> HttpResponseBase:
    """All organizations."""
    return answer_list(request, ORGANIZATIONS)
