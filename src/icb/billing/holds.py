"""What waits for a person's decision, with the organization and service whose line it holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from icb.billing.unbilled import mapped_days, owned_days
from icb.billing.usage import Part, Standing, sort_days
from icb.billing.wanted import DOUBLE_MAPPING
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.hub import queries as hub
from icb.hub.key_queries import KeyRow
from icb.kernel.days import ONE_DAY, DayRange
from icb.mapping.feeds import double_mappings

_UNTOUCHED = (Standing.IGNORED, Standing.OUT_OF_COVER)
_GAPS = ("gap", "absent")


class Hold(NamedTuple):
    """One hold of one line. `to_day` is inclusive. `organization` and `service` are blank where no
    line is held yet: usage that is not mapped, or a whole answer in quarantine. `said` is what the
    module said, `carried` what stands meanwhile."""

    reason: str
    module: str
    module_organization: str
    billing_type: str
    organization: str
    contract: str
    service: str
    from_day: date
    to_day: date
    carried: str = ""
    said: str = ""


def holds() -> list[Hold]:
    """Everything that waits for a decision, by module and key as entered.

    A count that nobody is billed for (ignored, or out of cover) needs none, nor does a gap of an
    organization that is not mapped.
    """
    rows = hub.holds()
    ground = _Ground({row.key for row in rows if row.key})
    found: list[Hold] = []
    for row in rows:
        found += _placed(row, row.key, ground) if row.key else [_unplaced(row)]
    return [*found, *_double_mappings()]


class _Ground:
    """What says on whose line the days of some keys are; read for these alone."""

    def __init__(self, keys: Collection[KeyRow]) -> None:
        self._until = local_today() + ONE_DAY
        self._owned = owned_days({key.organization_id for key in keys})
        owners = {
            days.organization
            for owned in self._owned.values()
            for days in owned
            if days.organization is not None
        }
        self._mapped, self._covers = mapped_days(owners)
        self.names = _service_names(
            mapped.service
            for of_type in self._mapped.values()
            for of_organization in of_type.values()
            for mapped in of_organization
            if mapped.service is not None
        )

    def parts(self, key: KeyRow) -> list[Part]:
        """The days of a key, up to today, by what covers them."""
        return sort_days(
            DayRange(key.first_day, self._until),
            owned=self._owned.get(key.organization_id, []),
            mapped=self._mapped.get(key.billing_type_id, {}),
            covers=self._covers,
        )


def _unplaced(row: hub.HoldRow) -> Hold:
    return Hold(
        row.reason,
        row.connection,
        row.module_organization,
        row.billing_type,
        "",
        "",
        "",
        row.from_day,
        row.to_day,
        row.carried,
        row.said,
    )


def _placed(row: hub.HoldRow, key: KeyRow, ground: _Ground) -> Iterator[Hold]:
    days = DayRange(row.from_day, row.to_day + ONE_DAY)
    for part in ground.parts(key):
        shared = part.days.intersect(days)
        if shared is None or part.standing in _UNTOUCHED:
            continue
        if part.standing is not Standing.BILLED and row.reason in _GAPS:
            continue
        billed = part.standing is Standing.BILLED and part.service is not None
        organization, contract, service = (
            ground.names[part.service or 0] if billed else ("", "", "")
        )
        yield _unplaced(row)._replace(
            organization=organization,
            contract=contract,
            service=service,
            from_day=shared.start,
            to_day=shared.end - ONE_DAY,
        )


def _double_mappings() -> Iterator[Hold]:
    """Two contracts that take the same type of one organization, on days since it was counted."""
    found = double_mappings()
    if not found:
        return
    names = _service_names(service for service, _, _ in found)
    counted = _counted_types(billing_type for _, billing_type, _ in found)
    known_since = fetch(_FIRST_COUNTED, [provider_id()])[0][0]
    for service, billing_type, days in found:
        if billing_type not in counted:
            continue
        known = days.intersect(DayRange(known_since, local_today() + ONE_DAY))
        if known is None:
            continue
        module, name = counted[billing_type]
        last = known.end - ONE_DAY
        yield Hold(DOUBLE_MAPPING, module, "", name, *names[service], known.start, last)


_FIRST_COUNTED = """
SELECT MIN(first_counted_on) AS "first_day [date]" FROM count_key WHERE provider_id = %s
"""


def _counted_types(ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Module and key of those of the billing types that were ever counted."""
    chosen, params = ids_in("t.id", ids=set(ids))
    rows = fetch(
        f"""
        SELECT t.id, n.key, t.key FROM billing_type t
        JOIN module_connection n ON n.id = t.connection_id
        WHERE t.provider_id = %s AND {chosen} AND EXISTS (
            SELECT 1 FROM count_key k
            WHERE k.billing_type_id = t.id AND k.first_counted_on IS NOT NULL)
        """,
        [provider_id(), *params],
    )
    return {id: (module, name) for id, module, name in rows}


def _service_names(ids: Iterable[int]) -> dict[int, tuple[str, str, str]]:
    """The keys of organization, contract and service of these contract services."""
    chosen, params = ids_in("cs.id", ids=set(ids))
    rows = fetch(
        f"""
        SELECT cs.id, o.key, c.key, cs.key
        FROM contract_service cs
        JOIN contract c ON c.id = cs.contract_id
        JOIN organization o ON o.id = c.organization_id
        WHERE cs.provider_id = %s AND {chosen}
        """,
        [provider_id(), *params],
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}
