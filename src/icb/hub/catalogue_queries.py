"""The catalogue of modules as the provider has it: what is shipped, with the provider's changes."""

from __future__ import annotations

from datetime import date

from icb.foundation.providers import local_today
from icb.hub.catalogue import (
    CatalogueModule,
    Change,
    as_new,
    catalogue_modules,
    module_in,
    types_on,
    with_changes,
)
from icb.hub.inputs import NewBillingType
from icb.hub.models import CatalogueChange


def catalogue(on: date | None = None) -> tuple[CatalogueModule, ...]:
    """Every module as it holds on a day; None: today."""
    return with_changes(catalogue_modules(), changes=changes(), on=on or local_today())


def catalogue_entry(module: str, *, on: date | None = None) -> CatalogueModule:
    """One module as it holds on a day (None: today); NotFound where there is none."""
    return module_in(catalogue(on), key=module)


def catalogue_types(module: str, *, on: date | None = None) -> list[NewBillingType]:
    """The billing types of a module that hold on a day (None: today), for a connection to take.

    Empty where the catalogue does not know the module.
    """
    day = on or local_today()
    for found in catalogue(day):
        if found.key == module:
            return [as_new(one) for one in types_on(found, on=day)]
    return []


def changes(module: str = "") -> list[Change]:
    """What the provider says beside the catalogue, in the order in which it takes effect."""
    rows = CatalogueChange.objects.all()
    if module:
        rows = rows.filter(module=module)
    found = rows.order_by("id").values_list("module", "billing_type", "properties", "from_day")
    return sorted((Change(*row) for row in found), key=lambda change: change.from_day or date.min)
