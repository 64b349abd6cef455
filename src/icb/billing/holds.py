"""What waits for a person's decision, with the organization and service whose line it holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from icb.billing.unbilled import KeyRow, count_keys, mapped_days, owned_days
from icb.billing.usage import Part, Standing, sort_days
from icb.billing.wanted import DOUBLE_MAPPING
from icb.foundation.bulk import fetch
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.hub import queries as hub
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
    ground = _Ground()
    names = _service_names()
    found: list[Hold] = []
    for row in hub.holds():
        key = ground.keys.get((row.connection, row.module_organization, row.billing_type))
        if key is None:
            found.append(_unplaced(row))
        else:
            found += _placed(row, key, ground, names)
    return [*found, *_double_mappings(ground, names)]


class _Ground:
    """What says on whose line the days of a key are."""

    def __init__(self) -> None:
        rows = count_keys()
        self.keys = {(key.module, key.external_id, key.billing_type): key for key in rows}
        self.until = local_today() + ONE_DAY
        self.since = min((key.first_day for key in rows), default=self.until)
        self._owned = owned_days()
        self._mapped, self._covers = mapped_days()

    def parts(self, key: KeyRow) -> list[Part]:
        """The days of a key, up to today, by what covers them."""
        return sort_days(
            DayRange(max(key.first_day, self.since), self.until),
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


def _placed(
    row: hub.HoldRow, key: KeyRow, ground: _Ground, names: dict[int, tuple[str, str, str]]
) -> Iterator[Hold]:
    days = DayRange(row.from_day, row.to_day + ONE_DAY)
    for part in ground.parts(key):
        shared = part.days.intersect(days)
        if shared is None or part.standing in _UNTOUCHED:
            continue
        if part.standing is not Standing.BILLED and row.reason in _GAPS:
            continue
        billed = part.standing is Standing.BILLED and part.service is not None
        organization, contract, service = names[part.service or 0] if billed else ("", "", "")
        yield _unplaced(row)._replace(
            organization=organization,
            contract=contract,
            service=service,
            from_day=shared.start,
            to_day=shared.end - ONE_DAY,
        )


def _double_mappings(ground: _Ground, names: dict[int, tuple[str, str, str]]) -> Iterator[Hold]:
    modules = {key.billing_type_id: (key.module, key.billing_type) for key in ground.keys.values()}
    for service, billing_type, days in double_mappings():
        known = days.intersect(DayRange(ground.since, ground.until))
        if known is None or billing_type not in modules:
            continue
        module, name = modules[billing_type]
        last = known.end - ONE_DAY
        yield Hold(DOUBLE_MAPPING, module, "", name, *names[service], known.start, last)


def _service_names() -> dict[int, tuple[str, str, str]]:
    rows = fetch(
        """
        SELECT cs.id, o.key, c.key, cs.key
        FROM contract_service cs
        JOIN contract c ON c.id = cs.contract_id
        JOIN organization o ON o.id = c.organization_id
        WHERE cs.provider_id = %s
        """,
        [provider_id()],
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}
