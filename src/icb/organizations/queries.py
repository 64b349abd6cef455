"""Reads of organizations, for lists and for the actions of higher apps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, NamedTuple

from django.db.models import Count

from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.foundation.providers import current_provider
from icb.kernel.currency import minor_digits
from icb.kernel.problems import unknown
from icb.organizations.models import UNMAPPABLE_TYPES, Organization, OrganizationType
from icb.organizations.tax_queries import TaxRateRow, tax_rates

__all__ = [
    "TYPES",
    "UNMAPPABLE",
    "CurrencyRow",
    "OrganizationRow",
    "TaxRateRow",
    "currencies_in_use",
    "organization_named",
    "organization_page",
    "organizations",
    "tax_rates",
]

TYPES: tuple[tuple[str, str], ...] = tuple(OrganizationType.choices)
"""What an organization can be, with the word for it."""
UNMAPPABLE: frozenset[str] = frozenset(kind.value for kind in UNMAPPABLE_TYPES)
"""The types that no usage can be mapped to."""


class OrganizationRow(NamedTuple):
    """One organization; others and the tax rate by their keys, empty where there is none."""

    id: int
    key: str
    name: str
    type: str
    currency: str
    tax: str
    tax_exempt: bool
    tax_region: str
    bill_to: str
    parent: str
    domain: str
    address: str
    tax_number: str
    email: str
    postal_code: str
    city: str
    region: str
    country: str
    language: str
    payment_days: str  # blank: the provider's
    buyer_reference: str
    purchase_order: str
    electronic_address: str
    electronic_scheme: str


_COLUMNS = (
    "pk",
    "key",
    "name",
    "type",
    "currency",
    "tax_rate__key",
    "tax_exempt",
    "tax_region",
    "bill_to__key",
    "parent__key",
    "domain",
    "address",
    "tax_number",
    "email",
    "postal_code",
    "city",
    "region",
    "country",
    "language",
    "payment_days",
    "buyer_reference",
    "purchase_order",
    "electronic_address",
    "electronic_scheme",
)

_ASKED = {
    "key": Asked("key", is_searched=True),
    "name": Asked("name", is_searched=True),
    "type": Asked("type", Kind.CHOICE),
    "currency": Asked("currency", Kind.CHOICE),
    "parent": Asked("parent__name"),
    "bill_to": Asked("bill_to__name"),
    "tax": Asked("tax_rate__key", Kind.CHOICE),
    "domain": Asked("domain", is_searched=True),
    "email": Asked("email"),
}


class CurrencyRow(NamedTuple):
    """A currency in which organizations are billed, and how many of them."""

    currency: str
    digits: int
    organizations: int


def currencies_in_use() -> list[CurrencyRow]:
    """The currencies of all organizations, most used first; one without its own has the
    provider's."""
    sums: Counter[str] = Counter()
    rows = Organization.objects.order_by().values_list("currency").annotate(number=Count("pk"))
    for code, number in rows:
        sums[code or current_provider().currency] += number
    ordered = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    return [CurrencyRow(code, minor_digits(code), number) for code, number in ordered]


def organizations(*, keys: Collection[str] | None = None) -> list[OrganizationRow]:
    """All organizations, or those of the keys, as entered."""
    found = Organization.objects.order_by("pk")
    if keys is not None:
        found = found.filter(key__in=keys)
    return [_row(row) for row in found.values_list(*_COLUMNS)]


def _row(values: tuple[Any, ...]) -> OrganizationRow:
    """What is not set is blank."""
    row = OrganizationRow._make("" if value is None else value for value in values)
    return row._replace(payment_days=str(row.payment_days))


def organization_page(wanted: Wanted) -> Page[OrganizationRow]:
    """One page of the organizations, by name unless asked otherwise."""
    return page_of(
        Organization.objects.order_by("name", "pk"),
        wanted=wanted,
        columns=_ASKED,
        fields=_COLUMNS,
        make=_row,
    )


def organization_ids() -> dict[str, int]:
    """The ids of all organizations, by key."""
    return dict(Organization.objects.values_list("key", "pk"))


def known_organization_ids(keys: Collection[str]) -> dict[str, int]:
    """The ids of these organizations, by key; NotFound where there is none of one of them."""
    known = organization_ids()
    for key in keys:
        if key not in known:
            raise unknown("organization", key=key, known=known)
    return known


def organization_named(key: str) -> OrganizationRow:
    """The organization with this key; NotFound, naming what exists, where there is none."""
    found = organizations(keys=[key])
    if not found:
        known = Organization.objects.values_list("key", flat=True)
        raise unknown("organization", key=key, known=list(known))
    return found[0]
