"""Which contracts a run has to look at: found by state, never by today's date.

A contract is looked at where a period that is not settled may be due, or where a mark says that
an input of a settled one has changed (rules, section 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from icb.billing.loading import TAX_OF_SERVICE
from icb.foundation.bulk import execute, fetch, ids_in
from icb.foundation.scope import provider_id
from icb.kernel.period import Anchor, PeriodLength, period_containing
from icb.rating.terms import Billing

Row = tuple[Any, ...]


class Work(NamedTuple):
    """A contract to look at, and from which day on."""

    contract: int
    organization: int
    first_day: date


class Found(NamedTuple):
    """The work, in order of organization and contract, and the marks that were read to find it."""

    work: list[Work]
    marks: dict[int, list[int]]  # contract id -> mark ids


class _Row(NamedTuple):
    contract: int
    organization: int
    starts_on: date
    ends_on: date | None
    length: str
    anchor: str
    billing: str
    settled_until: date | None


def find_work(through: date) -> Found:
    """The contracts that may have something to bill by `through`."""
    spread_count_marks()
    first_days: dict[int, date] = {}
    marks: dict[int, list[int]] = {}
    for mark, contract, day in fetch(
        "SELECT id, contract_id, from_day FROM contract_mark WHERE provider_id = %s",
        [provider_id()],
    ):
        first_days[contract] = min(day, first_days.get(contract, day))
        marks.setdefault(contract, []).append(mark)
    for contract, day in _drafts_with_another_tax():
        first_days[contract] = min(day, first_days.get(contract, day))
    ended = _contracts_with_ended_cover(through)
    work = []
    for row in map(_Row._make, _contracts()):
        first_open = row.settled_until or row.starts_on
        first_day = first_days.get(row.contract)
        if first_day is not None and first_day < first_open:
            work.append(Work(row.contract, row.organization, max(first_day, row.starts_on)))
        elif row.contract in ended or _may_be_due(row, first_open, through):
            work.append(Work(row.contract, row.organization, first_open))
    return Found(work, marks)


def _drafts_with_another_tax() -> list[Row]:
    """Contracts with a draft whose tax is not what it would be now, and from which period on.

    Taxes stand below contracts and cannot mark them; drafts are few, so they are compared.
    """
    return fetch(
        f"""
        SELECT d.contract_id, MIN(d.period_start) AS "first [date]"
        FROM draft_item d
        JOIN organization o ON o.id = d.organization_id
        LEFT JOIN contract_service cs ON cs.id = d.contract_service_id
        LEFT JOIN service s ON s.id = cs.service_id
        LEFT JOIN tax_rate own ON own.id = o.tax_rate_id
        WHERE d.provider_id = %s AND d.line <> 'manual'
          AND COALESCE(d.tax_rate_id, 0) <> COALESCE({TAX_OF_SERVICE}, 0)
        GROUP BY d.contract_id
        """,
        [provider_id()],
    )


def _may_be_due(row: _Row, first_open: date, through: date) -> bool:
    if first_open > through:
        return False
    if row.billing == Billing.IN_ADVANCE or (row.ends_on is not None and row.ends_on < through):
        return True
    period = period_containing(
        first_open,
        starts_on=row.starts_on,
        length=PeriodLength(row.length),
        anchor=Anchor(row.anchor),
    )
    return period.end <= through


def _contracts() -> list[Row]:
    return fetch(
        """
        SELECT c.id, c.organization_id, c.starts_on, c.ends_on, c.period, c.anchor, c.billing,
               b.settled_until
        FROM contract c LEFT JOIN contract_billing b ON b.contract_id = c.id
        WHERE c.provider_id = %s
        ORDER BY c.organization_id, c.id
        """,
        [provider_id()],
    )


def _contracts_with_ended_cover(through: date) -> set[int]:
    """Contracts on which a mapping ended, or an organization departed, in an open period.

    What ended is due the day after its last day, before the period is over.
    """
    rows = fetch(
        """
        SELECT c.id
        FROM service_mapping m
        JOIN contract c ON c.id = m.contract_id
        LEFT JOIN contract_billing b ON b.contract_id = c.id
        WHERE c.provider_id = %s AND m.ends_on < %s
          AND (b.settled_until IS NULL OR m.ends_on >= b.settled_until)
        UNION
        SELECT c.id
        FROM organization_mapping m
        JOIN contract c ON c.organization_id = m.organization_id
        LEFT JOIN contract_billing b ON b.contract_id = c.id
        WHERE c.provider_id = %s AND m.ends_on < %s
          AND (b.settled_until IS NULL OR m.ends_on >= b.settled_until)
        UNION
        SELECT c.id
        FROM count_decision d
        JOIN organization_mapping m ON m.module_organization_id = d.module_organization_id
        JOIN contract c ON c.organization_id = m.organization_id
        LEFT JOIN contract_billing b ON b.contract_id = c.id
        WHERE c.provider_id = %s AND d.decision = 'departed' AND d.from_day <= %s
          AND (b.settled_until IS NULL OR d.from_day >= b.settled_until)
        """,
        [provider_id(), through] * 3,
    )
    return {row[0] for row in rows}


# CROSS JOIN keeps SQLite to the order written, from few rows to few. PostgreSQL finds its own, but
# groups before it goes on: where nothing is known of the tables yet, after a first import, it would
# meet every mapping of a billing type, for each of the type's keys.
_MARKED_CONTRACTS = """
    WITH marked AS (
        SELECT m.count_key_id AS key_id, m.from_day
        FROM count_mark m
        WHERE m.provider_id = %s AND {chosen} AND m.count_key_id IS NOT NULL
        UNION ALL
        SELECT u.count_key_id, m.from_day
        FROM count_mark m CROSS JOIN usage_count u
        WHERE m.provider_id = %s AND {chosen} AND u.snapshot_id = m.snapshot_id
        UNION ALL
        SELECT u.count_key_id, m.from_day
        FROM count_mark m CROSS JOIN usage_count u
        WHERE m.provider_id = %s AND {chosen} AND u.replaced_by_id = m.snapshot_id
    ), earliest AS (
        SELECT key_id, MIN(from_day) AS from_day FROM marked GROUP BY key_id
    ), touched AS (
        SELECT c.provider_id, c.id AS contract_id, k.billing_type_id,
               MIN(earliest.from_day) AS from_day
        FROM earliest
        CROSS JOIN count_key k
        CROSS JOIN organization_mapping om
        CROSS JOIN contract c
        CROSS JOIN contract_billing b
        WHERE k.id = earliest.key_id
          AND om.module_organization_id = k.module_organization_id
          AND c.organization_id = om.organization_id
          AND b.contract_id = c.id AND b.settled_until > earliest.from_day
        GROUP BY c.provider_id, c.id, k.billing_type_id
    )
    SELECT touched.provider_id, touched.contract_id, MIN(touched.from_day) AS from_day
    FROM touched
    CROSS JOIN service_mapping sm
    WHERE sm.contract_id = touched.contract_id AND sm.billing_type_id = touched.billing_type_id
    GROUP BY touched.provider_id, touched.contract_id
"""


def contracts_behind() -> set[int]:
    """The contracts with a settled period whose inputs have changed since; reads only."""
    marked, params = _marked_contracts(_count_marks())
    rows = fetch(
        "SELECT contract_id FROM contract_mark WHERE provider_id = %s "
        f"UNION SELECT contract_id FROM ({marked}) marked_contract",
        [provider_id(), *params],
    )
    return {row[0] for row in rows}


def spread_count_marks() -> None:
    """Turn the hub's marks into marks of the contracts that the marked counts may drive.

    Only for contracts with a settled period on or after the marked day: the others are looked at
    anyway. Runs inside the caller's transaction.
    """
    marks = _count_marks()
    if not marks:
        return
    marked, params = _marked_contracts(marks)
    execute(f"INSERT INTO contract_mark (provider_id, contract_id, from_day) {marked}", params)
    chosen, params = ids_in("id", ids=marks)
    execute(f"DELETE FROM count_mark WHERE {chosen}", params)


def _count_marks() -> list[int]:
    """The marks that are there now. Those that become visible later may have lower ids."""
    rows = fetch("SELECT id FROM count_mark WHERE provider_id = %s ORDER BY id", [provider_id()])
    return [row[0] for row in rows]


def _marked_contracts(marks: Sequence[int]) -> tuple[str, list[Any]]:
    """The query for the contracts that the marked counts may drive, and its parameters."""
    chosen, params = ids_in("m.id", ids=marks)
    return _MARKED_CONTRACTS.format(chosen=chosen), [provider_id(), *params] * 3


def drop_marks(marks: list[int]) -> None:
    """Remove the marks that a chunk has taken into account."""
    if marks:
        chosen, params = ids_in("id", ids=marks)
        execute(f"DELETE FROM contract_mark WHERE {chosen}", params)
