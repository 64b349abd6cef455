"""Find connections, their organizations and billing types."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.db.models import Count as CountOf
from django.db.models import Q

from icb.hub.models import BillingType, ModuleConnection, ModuleOrganization
from icb.kernel.errors import NotFound


class ModuleRow(NamedTuple):
    """A connection for a list."""

    id: int
    key: str
    name: str
    module: str
    is_enabled: bool
    gap_days: int


class ModuleOrganizationRow(NamedTuple):
    """A module organization for a list; `first_seen_on` is None while nothing was counted."""

    id: int
    connection: str
    external_id: str
    name: str
    domain: str
    first_seen_on: date | None


class BillingTypeRow(NamedTuple):
    """A billing type for a list; not `is_known`: reported, but in no catalogue."""

    id: int
    connection: str
    key: str
    name: str
    unit: str
    shape: str
    is_known: bool


class CountedTypeRow(NamedTuple):
    """A billing type of a connection, and at how many module organizations it was ever counted."""

    key: str
    name: str
    unit: str
    shape: str
    is_known: bool
    retired_on: date | None
    organizations: int


def connection_named(key: str) -> ModuleConnection:
    """The connection with this key; NotFound where the provider has none."""
    found: ModuleConnection | None = ModuleConnection.objects.filter(key=key).first()
    if found is None:
        keys = sorted(ModuleConnection.objects.values_list("key", flat=True)[:20])
        raise NotFound(
            "module_not_found",
            f"module: {key} is not connected. Nothing was stored. "
            f"Connected are: {', '.join(keys) or 'none'}.",
            module=key,
        )
    return found


def modules() -> list[ModuleRow]:
    """All connections, as entered."""
    rows = ModuleConnection.objects.order_by("id")
    return [ModuleRow(*row) for row in rows.values_list(*ModuleRow._fields)]


def module_names() -> dict[str, str]:
    """What people call each connection, by its key."""
    return dict(ModuleConnection.objects.values_list("key", "name"))


def module_organizations(connection: str = "") -> list[ModuleOrganizationRow]:
    """The module organizations of one connection, or of all, as entered."""
    rows = ModuleOrganization.objects.order_by("id")
    if connection:
        rows = rows.filter(connection=connection_named(connection))
    columns = ("id", "connection__key", "external_id", "name", "domain", "first_seen_on")
    return [ModuleOrganizationRow(*row) for row in rows.values_list(*columns)]


def billing_types(connection: str = "") -> list[BillingTypeRow]:
    """The billing types of one connection, or of all, as entered."""
    rows = BillingType.objects.order_by("id")
    if connection:
        rows = rows.filter(connection=connection_named(connection))
    columns = ("id", "connection__key", "key", "name", "unit", "shape", "is_known")
    return [BillingTypeRow(*row) for row in rows.values_list(*columns)]


def undescribed_types() -> set[tuple[str, str]]:
    """(connection, billing type) of what is reported and in no catalogue: its rule is unknown."""
    rows = BillingType.objects.filter(is_known=False)
    return set(rows.values_list("connection__key", "key"))


def counted_types(connection: str) -> list[CountedTypeRow]:
    """The billing types of the connection with this key, the ones counted most first."""
    rows = BillingType.objects.filter(connection__key=connection)
    counted = CountOf("count_keys", filter=Q(count_keys__first_counted_on__isnull=False))
    found = rows.annotate(organizations=counted).order_by("-organizations", "name", "id")
    return [CountedTypeRow(*row) for row in found.values_list(*CountedTypeRow._fields)]
