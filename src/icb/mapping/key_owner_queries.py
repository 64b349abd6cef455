"""Who is billed for what some keys counted, day by day; a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date

from icb.foundation.bulk import fetch, ids_in
from icb.kernel.days import DayRange
from icb.mapping.feeds import days_between
from icb.mapping.key_standing import Owner, Standing, Taker, standing_on

_OWNERS = """
SELECT k.id, om.organization_id, om.starts_on, om.ends_on
FROM count_key k JOIN organization_mapping om
  ON om.module_organization_id = k.module_organization_id
WHERE {chosen} ORDER BY om.id
"""
# Joined in this order on purpose: without statistics SQLite would go from a key's billing type to
# all mappings of it, of every client, and only then to the client's contracts.
_TAKERS = """
SELECT k.id, c.id, sm.contract_service_id, c.starts_on, c.ends_on,
       sm.starts_on, sm.ends_on, om.starts_on, om.ends_on
FROM count_key k
CROSS JOIN organization_mapping om CROSS JOIN contract c CROSS JOIN service_mapping sm
WHERE om.module_organization_id = k.module_organization_id
  AND c.organization_id = om.organization_id
  AND sm.contract_id = c.id AND sm.billing_type_id = k.billing_type_id
  AND {chosen} ORDER BY sm.contract_service_id, k.id
"""


class KeyOwners:
    """The mappings of some keys, to be asked by key and day."""

    def __init__(self, keys: Iterable[int]) -> None:
        condition, params = ids_in("k.id", ids=keys)
        self.owners: dict[int, list[Owner]] = defaultdict(list)
        self.takers: dict[int, list[Taker]] = defaultdict(list)
        for key, organization, *dates in fetch(_OWNERS.format(chosen=condition), params):
            self.owners[key].append(Owner(organization, days_between(*dates)))
        for key, contract, service, *dates in fetch(_TAKERS.format(chosen=condition), params):
            days: DayRange | None = days_between(*dates[:2])
            for at in (2, 4):
                days = days and days.intersect(days_between(*dates[at : at + 2]))
            if days:
                self.takers[key].append(Taker(contract, service, days))

    def of(self, key: int) -> Callable[[date], Standing]:
        """Who is billed for the key, to be asked by day."""
        owners, takers = self.owners.get(key, ()), self.takers.get(key, ())
        return lambda day: standing_on(day, owners=owners, takers=takers)

    def contracts_of_services(self) -> dict[int, int]:
        """By service that any of the keys drives on any day, its contract."""
        return {
            taker.service: taker.contract
            for takers in self.takers.values()
            for taker in takers
            if taker.service is not None
        }
