"""Reads the account of an organization in one currency, between two days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from icb.foundation.amounts import from_stored
from icb.foundation.bulk import fetch
from icb.foundation.canonical import canonical_json
from icb.foundation.models import Installation
from icb.foundation.providers import current_provider, local_today
from icb.foundation.scope import provider_id
from icb.invoicing.design import settings_of
from icb.invoicing.document_writing import receiver_of, sender_of
from icb.invoicing.page_queries import pdf_of
from icb.invoicing.template_queries import design_for
from icb.kernel.currency import check_currency
from icb.kernel.errors import InvalidInput
from icb.organizations.models import Organization
from icb.organizations.queries import organization_named
from icb.payments.aging import aged
from icb.payments.aging_queries import open_sums
from icb.payments.statement import Data, Entry, Statement, statement_data

FIRST_DAY = date(1, 1, 1)
_DOCUMENTS = """
SELECT item.day, 0 AS place, owed.id, owed.kind, owed.number, item.due_on, owed.reason, item.amount
FROM account_item item JOIN document owed ON owed.id = item.document_id
WHERE item.organization_id = %s AND item.currency = %s AND item.provider_id = %s
  AND item.day >= %s AND item.day <= %s
ORDER BY item.day, owed.id
"""
_PAYMENTS = """
SELECT came.received_on, came.id, came.number, came.reference, came.amount, back.day, back.reason
FROM payment came LEFT JOIN reversal back ON back.payment_id = came.id
WHERE came.organization_id = %s AND came.currency = %s AND came.provider_id = %s
  AND came.received_on <= %s AND (came.received_on >= %s OR back.day >= %s)
ORDER BY came.received_on, came.id
"""
_OPENING = """
SELECT COALESCE((
    SELECT SUM(item.amount) FROM account_item item WHERE item.organization_id = %s
    AND item.currency = %s AND item.provider_id = %s AND item.day < %s
    AND item.document_id IS NOT NULL), 0)
  - COALESCE((
    SELECT SUM(came.amount) FROM payment came WHERE came.organization_id = %s
    AND came.currency = %s AND came.provider_id = %s AND came.received_on < %s
    AND NOT EXISTS (SELECT 1 FROM reversal back
                    WHERE back.payment_id = came.id AND back.day < %s)), 0)
"""


def account_currencies(organization: str) -> list[str]:
    """The currencies in which an organization has an account, in their order."""
    row = organization_named(organization)
    rows = fetch(
        "SELECT currency FROM account_item WHERE organization_id = %s AND provider_id = %s "
        "UNION SELECT currency FROM payment WHERE organization_id = %s AND provider_id = %s "
        "ORDER BY currency",
        [row.id, provider_id(), row.id, provider_id()],
    )
    return [currency for (currency,) in rows]


def statement(
    organization: str,
    *,
    currency: str = "",
    first: date | None = None,
    as_of: date | None = None,
) -> Statement:
    """The account of an organization from a first to a last day, both covered.

    Without a currency it is the organization's, without a first day the account from its beginning,
    without a last day up to today. Void documents do not stand on it; a reversed payment stands on
    it with its reversal. The opening balance, entries and aging are exact for the days asked for.

    Raises NotFound for an unknown organization; InvalidInput for a currency or day that cannot be.
    """
    row = organization_named(organization)
    code = check_currency(currency or row.currency or current_provider().currency)
    last = local_today() if as_of is None else as_of
    begin = FIRST_DAY if first is None else first
    _check_days(begin, last)
    own = [row.id, code, provider_id()]
    ((opening,),) = fetch(_OPENING, [*own, begin, *own, begin, begin])
    entries = _entries(own, begin, last)
    sums = open_sums(last, account=(row.id, code)).get((row.id, code), [])
    aging = {name: from_stored(amount, code) for name, amount in aged(sums, as_of=last).items()}
    shown_from = begin if first is not None else min([last, *(one.day for one in entries[:1])])
    return Statement(
        row.key, row.name, code, shown_from, last, from_stored(int(opening), code), entries, aging
    )


def statement_pdf(found: Statement) -> bytes:
    """The statement as a PDF/A-3, in the language and design of the organization's documents.

    The same statement has the same bytes, as long as names, addresses and the design stay what they
    are. Raises Refused with `cannot_render`.
    """
    return pdf_of(canonical_json(data_of(found))).content


def data_of(found: Statement) -> Data:
    """The data that a statement is drawn from, with names and addresses as they are now."""
    provider = current_provider()
    organization = Organization.objects.get(key=found.organization)
    language = organization.language or provider.language
    return statement_data(
        found,
        parties={
            "provider": sender_of(provider, language=language)._asdict(),
            "organization": receiver_of(organization, language=language)._asdict(),
            "language": language,
            "design": settings_of(design_for(organization.pk)),
            "is_demo": Installation.objects.filter(is_demo=True).exists(),
        },
    )


def _check_days(first: date, last: date) -> None:
    if first > last:
        raise InvalidInput(
            field="from",
            value=first,
            message=f"from: {first} is after {last}. Nothing is shown. Give an earlier day.",
        )
    if last > local_today():
        raise InvalidInput(
            field="as_of",
            value=last,
            message=f"as_of: {last} has not come yet. Nothing is shown. Give today or a day "
            "before.",
        )


def _entries(own: Sequence[Any], first: date, last: date) -> list[Entry]:
    code = own[1]
    found: list[tuple[date, int, int, Entry]] = []
    for day, _place, row_id, kind, number, due_on, reason, amount in fetch(
        _DOCUMENTS, [*own, first, last]
    ):
        entry = Entry(day, kind, number, due_on, reason, from_stored(amount, code))
        found.append((day, 0, row_id, entry))
    for day, row_id, number, reference, amount, back, reason in fetch(
        _PAYMENTS, [*own, last, first, first]
    ):
        minor = from_stored(amount, code)
        if day >= first:
            entry = Entry(day, "payment", str(number), None, reference, -minor)
            found.append((day, 1, row_id, entry))
        if back is not None and first <= back <= last:
            entry = Entry(back, "reversal", str(number), None, reason, minor)
            found.append((back, 2, row_id, entry))
    return [entry for *_, entry in sorted(found, key=lambda one: one[:3])]
