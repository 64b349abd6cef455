"""Finding an organization, contract or invoice by a word of its name, key or number."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from icb.contracts.queries import contract_page
from icb.foundation.access import page
from icb.foundation.listing import Wanted
from icb.organizations.queries import organization_page
from icb.payments.account_queries import document_page
from icb.web.shell.navigation import Words

_EACH = 10
_LONGEST = 100


class Hit(NamedTuple):
    """One thing that was found."""

    text: str
    note: str
    address: str


class Group(NamedTuple):
    """What was found of one kind, and where all of it is listed."""

    label: Words
    hits: list[Hit]
    total: int
    address: str


@page()
def find(request: HttpRequest) -> HttpResponseBase:
    """What fits the words, by kind; the only one that fits opens at once."""
    words = request.GET.get("q", "").strip()[:_LONGEST]
    groups = [group for group in _groups(words) if group.hits] if words else []
    hits = [hit for group in groups for hit in group.hits]
    if len(hits) == 1:
        return redirect(hits[0].address)
    return render(request, "home/find.html", {"find_words": words, "groups": groups})


def _groups(words: str) -> list[Group]:
    wanted = Wanted(search=words, size=_EACH)
    organizations = organization_page(wanted)
    contracts, documents = contract_page(wanted), document_page(wanted)
    return [
        Group(
            _("Organizations"),
            [
                Hit(row.name, row.key, reverse("organization", kwargs={"key": row.key}))
                for row in organizations.rows
            ],
            organizations.total,
            reverse("organizations"),
        ),
        Group(
            _("Contracts"),
            [
                Hit(row.name, row.key, reverse("contract", kwargs={"key": row.key}))
                for row in contracts.rows
            ],
            contracts.total,
            reverse("contracts"),
        ),
        Group(
            _("Invoices"),
            [
                Hit(
                    row.number,
                    row.name,
                    reverse("invoice", kwargs={"number": row.number}),
                )
                for row in documents.rows
            ],
            documents.total,
            reverse("invoices-issued"),
        ),
    ]
