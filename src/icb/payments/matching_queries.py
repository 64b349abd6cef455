"""What would become of the lines of a bank's file. Reads only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from icb.foundation.bulk import fetch, ids_in
from icb.foundation.canonical import digest, exact_text
from icb.foundation.providers import current_provider, local_today
from icb.foundation.scope import provider_id
from icb.kernel.errors import InvalidInput
from icb.kernel.problems import Problems
from icb.organizations.models import Organization
from icb.payments.checks import check_payment
from icb.payments.inputs import FileLine, NewPayment, Share
from icb.payments.matching import (
    name_key,
    number_key,
    numbers_in,
    organizations_in,
    sequences_in,
)
from icb.payments.models import Method, Payment
from icb.payments.recording_actions import FROM_FILE

RECORD, KNOWN, OUT, NOBODY = "record", "known", "out", "nobody"
STATES = (RECORD, KNOWN, OUT, NOBODY)
"""A line is recorded, was recorded before, is money that went out, or nobody's that is known."""
_SHOWN = 3


class PlannedLine(NamedTuple):
    """A line of a file and what becomes of it: `new` is the payment that it would be."""

    line: FileLine
    state: str
    organization: str
    documents: tuple[str, ...]
    currency: str
    words: str
    new: NewPayment | None


class _Claim(NamedTuple):
    number: str
    organization: str
    currency: str
    open: int


class _Found(NamedTuple):
    """Whose a line is; `words` say why it is nobody's, or what a person should know."""

    organization: str = ""
    documents: tuple[str, ...] = ()
    currency: str = ""
    words: str = ""


class _Books:
    """What lines are compared with: the documents that they may name, and all organizations."""

    def __init__(self, lines: Sequence[FileLine]) -> None:
        sequences = {
            sequence
            for line in lines
            for sequence in sequences_in(f"{line.reference} {line.document}")
        }
        chosen, params = ids_in("owed.sequence", ids=sorted(sequences))
        self.claims = {
            number_key(row[0]): _Claim._make(row)
            for row in fetch(
                "SELECT owed.number, whose.key, item.currency, item.open FROM document owed "
                "JOIN account_item item ON item.document_id = owed.id "
                "JOIN organization whose ON whose.id = item.organization_id "
                f"WHERE owed.provider_id = %s AND owed.kind = 'invoice' AND {chosen} "
                "AND item.amount > 0 ORDER BY owed.id",
                [provider_id(), *params],
            )
        }
        self.currencies: dict[str, str] = {}
        self.names: dict[str, list[str]] = defaultdict(list)
        rows = Organization.objects.order_by("pk").values_list("key", "name", "currency")
        for key, name, currency in rows:
            self.currencies[key] = currency or current_provider().currency
            for text in {name_key(key), name_key(name)} - {""}:
                self.names[text].append(key)


def planned_lines(lines: Sequence[FileLine]) -> list[PlannedLine]:
    """What would become of the lines, in their order; a fixed number of statements for any number.

    Raises InvalidInput, naming each line and field, for what cannot be taken at all.
    The same line of a file that was taken before is known again: by the bank's own id where the
    file has one, else by what it says and how many lines before it say the same.
    """
    books = _Books(lines)
    ids = _ids_of(lines)
    known = _recorded(ids)
    today = local_today()
    planned, problems = [], Problems()
    for line, external_id in zip(lines, ids, strict=True):
        if line.amount <= 0:
            planned.append(_left_out(line, OUT, "money that went out"))
        elif external_id in known:
            planned.append(_left_out(line, KNOWN, f"recorded as payment {known[external_id]}"))
        else:
            with problems.noting(at=f"line {line.line}"):
                planned.append(_planned(line, external_id, books=books, today=today))
    problems.raise_if_any()
    return planned


def _planned(line: FileLine, external_id: str, *, books: _Books, today: date) -> PlannedLine:
    found = _whose(line, books)
    if not found.organization:
        return _left_out(line, NOBODY, found.words)
    new = NewPayment(
        organization=found.organization,
        amount=line.amount,
        currency=found.currency,
        received_on=line.received_on,
        reference=line.reference,
        external_id=external_id,
        shares=[Share(number) for number in found.documents],
    )
    check_payment(new, currency=new.currency, today=today, methods=Method.values)
    return PlannedLine(
        line, RECORD, found.organization, found.documents, found.currency, found.words, new
    )


def _left_out(line: FileLine, state: str, words: str) -> PlannedLine:
    return PlannedLine(line, state, "", (), line.currency, words, None)


def _ids_of(lines: Sequence[FileLine]) -> list[str]:
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        says = [
            line.received_on.isoformat(),
            exact_text(line.amount),
            line.currency,
            line.reference,
            line.organization,
            line.document,
        ]
        says = [line.external_id] if line.external_id else says
        text = digest("\n".join(says))[:32]
        seen[text] += 1
        found.append(f"{text}-{seen[text]}" if not line.external_id else f"{text}-id")
    return found


def _recorded(ids: Sequence[str]) -> Mapping[str, int]:
    rows = Payment.objects.filter(source=FROM_FILE, external_id__in=ids, reversal__isnull=True)
    return dict(rows.values_list("external_id", "number"))


def _whose(line: FileLine, books: _Books) -> _Found:
    if line.document:
        claim = books.claims.get(number_key(line.document))
        if claim is None:
            return _Found(words=f"there is no invoice {line.document[:60]} that has to be paid")
        return _of_claims(line, [claim])
    if line.organization:
        return _of_keys(line, books.names.get(name_key(line.organization), []), books)
    numbers = numbers_in(line.reference, known=books.claims.keys())
    if numbers:
        return _of_claims(line, [books.claims[number] for number in numbers])
    return _of_keys(line, organizations_in(line.reference, known=books.names), books)


def _of_claims(line: FileLine, claims: Sequence[_Claim]) -> _Found:
    """The documents of one account that a line names; those of two leave it to a person."""
    accounts = {(claim.organization, claim.currency) for claim in claims}
    named = tuple(claim.number for claim in claims)
    if len(accounts) > 1:
        return _Found(words=f"names documents of several: {', '.join(named[:_SHOWN])}")
    ((organization, currency),) = accounts
    if line.currency and line.currency != currency:
        return _Found(words=f"{named[0]} is in {currency}, the money in {line.currency}")
    is_paid = not any(claim.open for claim in claims)
    words = "paid already: it stays as credit" if is_paid else ""
    return _Found(organization, named, currency, words)


def _of_keys(line: FileLine, keys: Sequence[str], books: _Books) -> _Found:
    if not keys:
        return _Found(words="no invoice and no organization found")
    if len(keys) > 1:
        return _Found(words=f"could be {', '.join(keys[:_SHOWN])}")
    return _Found(keys[0], (), line.currency or books.currencies[keys[0]])


def totals_of(planned: Sequence[PlannedLine]) -> dict[str, Decimal]:
    """What would be recorded, per currency."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for one in planned:
        if one.new is not None:
            found[one.currency] += one.line.amount
    return dict(sorted(found.items()))


def refuse_empty(planned: Sequence[PlannedLine]) -> list[NewPayment]:
    """The payments of a plan; InvalidInput where no line would be recorded."""
    new = [one.new for one in planned if one.new is not None]
    if not new:
        raise InvalidInput(
            field="file",
            message="file: no line of it would be recorded. Nothing was stored. Look at what is "
            "said of each line.",
        )
    return new
