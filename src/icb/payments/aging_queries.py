"""What was open at the end of a day, and how long it had been due. Exact for any day.

What is open now stands in the account items. For a day that has passed, what happened since is
taken back: allocations that count from a later day, those taken back later, and payments reversed
later. So the cost follows what is open and what happened since, not the whole history. Void
documents never count: nobody outside had them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from typing import Any, NamedTuple

from icb.foundation.amounts import from_stored
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of_rows
from icb.foundation.providers import local_today
from icb.foundation.scope import kept_while_reading, provider_id
from icb.kernel.money import Minor
from icb.payments.aging import OpenSum, aged
from icb.payments.claims import Account

_HELD = "NOT EXISTS (SELECT 1 FROM reversal back WHERE back.allocation_id = part.id)"
_ENDED_LATER = (
    "EXISTS (SELECT 1 FROM reversal back WHERE back.allocation_id = part.id AND back.day > %(day)s)"
)
_NOT_VOID = (
    "NOT EXISTS (SELECT 1 FROM document_void gone "
    "WHERE gone.document_id IN (part.document_id, part.credit_id))"
)
_NOW = """
SELECT item.organization_id AS organization, item.currency AS currency, item.due_on AS due_on,
       item.open AS amount
FROM account_item item
WHERE item.provider_id = %(provider)s AND NOT (item.open = 0) AND item.day <= %(day)s {of_item}
"""
# The two sides of allocations: with the sign + their amounts are open again, with - settled.
_SIDES = f"""
UNION ALL
SELECT owed.organization_id, owed.currency, owed.due_on, {{sign}}part.amount
FROM allocation part JOIN document owed ON owed.id = part.document_id
WHERE part.provider_id = %(provider)s AND {{when}} AND {_NOT_VOID}
  AND owed.issued_on <= %(day)s {{of_owed}}
UNION ALL
SELECT owed.organization_id, owed.currency, NULL, {{other}}part.amount
FROM allocation part JOIN document owed ON owed.id = part.document_id
LEFT JOIN payment came ON came.id = part.payment_id
LEFT JOIN document note ON note.id = part.credit_id
WHERE part.provider_id = %(provider)s AND {{when}} AND {_NOT_VOID}
  AND COALESCE(came.received_on, note.issued_on) <= %(day)s {{of_owed}}
"""
_BEGAN_LATER = _SIDES.format(
    sign="", other="-", when=f"part.day > %(day)s AND {_HELD}", of_owed="{of_owed}"
)
_HELD_THEN = _SIDES.format(
    sign="-", other="", when=f"part.day <= %(day)s AND {_ENDED_LATER}", of_owed="{of_owed}"
)
_REVERSED_LATER = """
UNION ALL
SELECT came.organization_id, came.currency, NULL, -came.amount
FROM payment came JOIN reversal back ON back.payment_id = came.id
WHERE came.provider_id = %(provider)s AND came.received_on <= %(day)s
  AND back.day > %(day)s {of_came}
"""
_OF_ACCOUNT = "AND {0}.organization_id = %(organization)s AND {0}.currency = %(currency)s"


class AgingRow(NamedTuple):
    """What an organization owes in a currency by how long it has been due, in minor units.

    `credit` (below 0) is what is left of payments and credit notes; `balance` is all together.
    """

    organization: str
    name: str
    currency: str
    not_due: Minor
    days_1_30: Minor
    days_31_60: Minor
    days_61_90: Minor
    over_90: Minor
    credit: Minor
    balance: Minor


_ASKED = {
    "organization": Asked("name", is_searched=True),
    "key": Asked("organization", is_searched=True),
    "currency": Asked("currency", Kind.CHOICE),
}


def aging_page(wanted: Wanted, *, as_of: date) -> Page[AgingRow]:
    """What each organization owed at the end of a day, in each currency; the most first."""
    return page_of_rows(aging(as_of), wanted=wanted, columns=_ASKED)


def aging(as_of: date) -> list[AgingRow]:
    """All accounts on which something was open at the end of a day, by name and currency.

    Added up once where a page asks for them several times.
    """
    return kept_while_reading(f"aging {as_of}", make=lambda: _aging(as_of))


def _aging(as_of: date) -> list[AgingRow]:
    sums = open_sums(as_of)
    names = _names({account[0] for account in sums})
    rows = [
        _row(names[organization], currency, found, as_of)
        for (organization, currency), found in sums.items()
    ]
    kept = [row for row in rows if any(row[3:])]
    return sorted(kept, key=lambda row: (row.name, row.organization, row.currency))


def open_sums(as_of: date, *, account: Account | None = None) -> dict[Account, list[OpenSum]]:
    """What was open at the end of a day by due day, of all accounts or of one; stored amounts."""
    values: dict[str, Any] = {"provider": provider_id(), "day": as_of}
    if account is not None:
        values |= {"organization": account[0], "currency": account[1]}
    sql, params = _positional(_statement(as_of, is_one=account is not None), values)
    found: dict[Account, list[OpenSum]] = defaultdict(list)
    for organization, currency, due_on, amount in fetch(sql, params):
        found[organization, currency].append(OpenSum(due_on, int(amount)))
    return found


def _statement(as_of: date, *, is_one: bool) -> str:
    parts = _NOW
    if as_of < local_today():
        parts += _BEGAN_LATER + _HELD_THEN + _REVERSED_LATER
    only = {
        f"of_{name}": _OF_ACCOUNT.format(name) if is_one else ""
        for name in ("item", "owed", "came")
    }
    return (
        'SELECT organization, currency, due_on AS "due_on [date]", SUM(amount) '
        f"FROM ({parts.format(**only)}) happened GROUP BY organization, currency, due_on"
    )


def _positional(sql: str, values: dict[str, Any]) -> tuple[str, list[Any]]:
    names = re.findall(r"%\((\w+)\)s", sql)
    return re.sub(r"%\(\w+\)s", "%s", sql), [values[name] for name in names]


def _row(names: tuple[str, str], currency: str, sums: list[OpenSum], as_of: date) -> AgingRow:
    amounts = [from_stored(amount, currency) for amount in aged(sums, as_of=as_of).values()]
    return AgingRow._make((*names, currency, *amounts, sum(amounts)))


def _names(ids: set[int]) -> dict[int, tuple[str, str]]:
    chosen, params = ids_in("id", ids=sorted(ids))
    rows = fetch(f"SELECT id, key, name FROM organization WHERE {chosen}", params)
    return {row_id: (key, name) for row_id, key, name in rows}
