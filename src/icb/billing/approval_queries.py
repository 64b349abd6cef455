"""When posting takes a second person, who was asked, and whether exactly these drafts may go."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from icb.billing.models import PostingLimit, PostingRequest
from icb.billing.run import DRAFT_COLUMNS
from icb.billing.stamp import item_stamp
from icb.foundation.actor import current_actor
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.fields import AMOUNT_SCALE
from icb.foundation.providers import local_today
from icb.foundation.remembered import Memory
from icb.foundation.scope import provider_id
from icb.kernel.errors import NotFound, Refused
from icb.kernel.money import format_minor, to_minor

_digests: Memory[str] = Memory()
# What one person posted on one day counts together: no amount gets through in slices.
_TODAY = """
SELECT i.currency, SUM(ABS(i.amount)) FROM posting p JOIN billing_item i ON i.posting_id = p.id
WHERE p.provider_id = %s AND p.posted_on = %s AND p.actor = %s AND p.request_id IS NULL
GROUP BY i.currency
"""


class RequestRow(NamedTuple):
    """A request for a second person. `state` is open, approved, posted, withdrawn or changed: one
    of its drafts says something else by now, so that it has to be asked for anew."""

    id: int
    maker: str
    asked_at: datetime
    items: int
    totals: dict[str, Decimal]
    approver: str
    approved_at: datetime | None
    state: str
    drafts: list[int]


class Bound(NamedTuple):
    """Drafts, and the digest of all that they say."""

    ids: list[int]
    digest: str


def posting_limits() -> dict[str, Decimal]:
    """From above which amount posting takes a second person, by currency; others have no limit."""
    return dict(PostingLimit.objects.order_by("currency").values_list("currency", "amount"))


def posting_requests(*, limit: int = 50) -> list[RequestRow]:
    """The newest requests first. What their drafts say is remembered until one changes: a request
    may be about a hundred thousand."""
    stamp = item_stamp()

    def said(one: PostingRequest) -> str:
        return _digests.answer(one.pk, stamp=stamp, make=partial(_said_by, one))

    found = PostingRequest.objects.order_by("-pk").select_related("posting")[:limit]
    return [_row(one, said=said) for one in found]


def open_request_count() -> int:
    """How many requests wait for a second person."""
    return PostingRequest.objects.filter(approved_at=None, withdrawn_at=None).count()


def posting_request(id: int) -> RequestRow:
    """One request; NotFound where there is none."""
    found = PostingRequest.objects.filter(pk=id).select_related("posting").first()
    if found is None:
        raise NotFound(
            "unknown_request", f"There is no request {id}. Nothing was changed.", request=id
        )
    return _row(found)


def needs_second_person(amounts: dict[str, Decimal]) -> list[str]:
    """The currencies in which posting these amounts now takes a second person.

    `amounts` are sums without signs. What the same person posted today without one is added.
    """
    limits = posting_limits()
    if not limits:
        return []
    sums = defaultdict(Decimal, amounts)
    for currency, total in fetch(_TODAY, [provider_id(), local_today(), current_actor()]):
        if currency in amounts:
            sums[currency] += Decimal(total).scaleb(-AMOUNT_SCALE)
    return [code for code in sorted(amounts) if code in limits and sums[code] > limits[code]]


def approval_for_posting(ready: str, *, params: Sequence[Any]) -> int | None:
    """The request under which the drafts `d` that fit the condition may be posted; None where none
    is needed. Raises Refused where a second person has not approved exactly these drafts.

    To be called inside the transaction that posts, under the lock of billing.
    """
    if not PostingLimit.objects.exists():
        return None
    rows = fetch(
        f"SELECT d.currency, SUM(ABS(d.amount)) FROM draft_item d WHERE {ready} "
        "GROUP BY d.currency",
        params,
    )
    amounts = {code: Decimal(total).scaleb(-AMOUNT_SCALE) for code, total in rows}
    above = needs_second_person(amounts)
    if not above:
        return None
    bound = bound_drafts(ready, params=params)
    approved = PostingRequest.objects.filter(
        digest=bound.digest, approved_at__isnull=False, withdrawn_at=None, posting=None
    ).first()
    if approved is None:
        raise second_person_needed(above)
    return int(approved.pk)


def second_person_needed(currencies: Sequence[str]) -> Refused:
    """The refusal, with the limits that were passed."""
    limits = posting_limits()
    said = ", ".join(f"{shown_amount(limits[code], currency=code)} {code}" for code in currencies)
    return Refused(
        "second_person_needed",
        f"More than {said} takes a second person, who has not approved exactly these drafts. What "
        "you posted today counts as well. Nothing was posted. Ask for approval under Approve and "
        "Post (`icb approval ask`), or post less.",
    )


def bound_drafts(where: str, *, params: Sequence[Any]) -> Bound:
    """The drafts `d` that fit, and the digest of everything that they say."""
    columns = ", ".join(f"d.{name}" for name in DRAFT_COLUMNS)
    rows = fetch(f"SELECT d.id, {columns} FROM draft_item d WHERE {where} ORDER BY d.id", params)
    said = canonical_json([[*row] for row in rows])
    return Bound([row[0] for row in rows], digest(said))


def bound_by_id(ids: Sequence[int]) -> Bound:
    """The drafts with these ids that stand, and the digest of everything that they say."""
    condition, params = ids_in("d.id", ids=ids)
    return bound_drafts(f"d.provider_id = %s AND {condition}", params=[provider_id(), *params])


def shown_amount(amount: Decimal, *, currency: str) -> str:
    """An amount with the decimals of its currency."""
    return format_minor(to_minor(amount, currency), currency)


def _said_by(one: PostingRequest) -> str:
    """The digest of what the drafts of a request say now."""
    return bound_by_id(json.loads(one.drafts)).digest


def _row(one: PostingRequest, *, said: Callable[[PostingRequest], str] = _said_by) -> RequestRow:
    totals = {code: Decimal(text) for code, text in json.loads(one.totals).items()}
    return RequestRow(
        one.pk,
        one.maker,
        one.asked_at,
        one.item_count,
        totals,
        one.approver,
        one.approved_at,
        _state(one, said),
        json.loads(one.drafts),
    )


def _state(one: PostingRequest, said: Callable[[PostingRequest], str]) -> str:
    if hasattr(one, "posting"):
        return "posted"
    if one.withdrawn_at is not None:
        return "withdrawn"
    if said(one) != one.digest:
        return "changed"
    return "open" if one.approved_at is None else "approved"
