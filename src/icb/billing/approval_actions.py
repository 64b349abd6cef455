"""A second person: the amount from which on it takes one, asking for it, and giving it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from icb.billing.approval_queries import bound_by_id, bound_drafts
from icb.billing.models import DraftItem, PostingLimit, PostingRequest
from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.bulk import ids_in
from icb.foundation.canonical import canonical_json
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.currency import check_currency
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused
from icb.kernel.money import to_minor


def set_posting_limit(currency: str, *, amount: Decimal | str | None) -> None:
    """Let posting above an amount in a currency take a second person; None takes the limit away.

    Raises InvalidInput for an unknown currency and for a bad or negative amount.
    """
    with transaction(lock="billing"):
        require(Permission.MANAGE_PROVIDER)
        check_currency(currency)
        limit = None if amount is None else _limit(amount, currency)
        before = PostingLimit.objects.filter(currency=currency).first()
        if limit is None:
            PostingLimit.objects.filter(currency=currency).delete()
        else:
            PostingLimit.objects.update_or_create(currency=currency, defaults={"amount": limit})
        audit.record(
            "set_posting_limit",
            subject=currency,
            data={"before": before.amount if before else None, "after": limit},
        )


def ask_to_post(items: Sequence[int]) -> int:
    """Ask a second person to approve exactly these drafts; the number of the request.

    Only those that could be posted now are asked for. Raises Refused where none is left.
    """
    with transaction(lock="billing"):
        require(Permission.POST)
        condition, params = ids_in("d.id", ids=items)
        bound = bound_drafts(
            f"d.provider_id = %s AND {condition} AND d.held = '' "
            "AND (d.deferred_until IS NULL OR d.deferred_until <= %s)",
            params=[provider_id(), *params, local_today()],
        )
        if not bound.ids:
            raise Refused(
                "nothing_ready",
                "None of these drafts can be posted: they are held, deferred or gone. Nothing was "
                "asked for. Decide the holds, or pick others.",
            )
        totals = _totals(bound.ids)
        request = PostingRequest.objects.create(
            maker=current_actor(),
            asked_at=clock.now(),
            drafts=canonical_json(bound.ids),
            digest=bound.digest,
            item_count=len(bound.ids),
            totals=canonical_json(totals),
        )
        audit.record(
            "ask_to_post",
            subject=f"request {request.pk}",
            data={"items": len(bound.ids), "totals": totals, "digest": bound.digest},
        )
    return int(request.pk)


def approve_posting(request: int) -> None:
    """Approve, as a second person, that the drafts of a request are posted as they stand.

    Raises NotPermitted for who asked, Refused where a draft changed since or where the request was
    answered already.
    """
    with transaction(lock="billing"):
        require(Permission.POST)
        asked = _open(request)
        if asked.maker == current_actor():
            raise NotPermitted(
                "second_person_needed",
                f"{asked.maker} asked for this and cannot approve it as well. Nothing was changed. "
                "Ask somebody else who may post.",
            )
        if bound_by_id(_ids(asked)).digest != asked.digest:
            raise Refused(
                "drafts_changed",
                f"The drafts of request {request} changed since it was made. Nothing was approved. "
                "Look at them and ask anew.",
            )
        asked.approver, asked.approved_at = current_actor(), clock.now()
        asked.save(update_fields=["approver", "approved_at"])
        audit.record(
            "approve_posting",
            subject=f"request {request}",
            data={"maker": asked.maker, "items": asked.item_count, "digest": asked.digest},
        )


def withdraw_request(request: int, *, reason: str = "") -> None:
    """Take a request back, or refuse it; also an approval that was not used yet."""
    with transaction(lock="billing"):
        require(Permission.POST)
        asked = _standing(request)
        asked.withdrawn_at = clock.now()
        asked.save(update_fields=["withdrawn_at"])
        audit.record(
            "withdraw_request",
            subject=f"request {request}",
            data={"maker": asked.maker, "reason": reason},
        )


def _open(request: int) -> PostingRequest:
    asked = _standing(request)
    if asked.approved_at is not None:
        raise Refused(
            "request_answered",
            f"{asked.approver} approved request {request} already. Nothing was changed.",
        )
    return asked


def _standing(request: int) -> PostingRequest:
    asked: PostingRequest | None = PostingRequest.objects.filter(pk=request).first()
    if asked is None:
        raise NotFound(
            "unknown_request",
            f"There is no request {request}. Nothing was changed.",
            request=request,
        )
    if asked.withdrawn_at is not None or hasattr(asked, "posting"):
        raise Refused(
            "request_answered",
            f"Request {request} was withdrawn or posted already. Nothing was changed.",
        )
    return asked


def _ids(asked: PostingRequest) -> list[int]:
    return [int(text) for text in asked.drafts.strip("[]").split(",") if text]


def _totals(ids: Sequence[int]) -> dict[str, Decimal]:
    condition, params = ids_in("id", ids=ids)
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for code, amount in DraftItem.objects.extra(where=[condition], params=params).values_list(
        "currency", "amount"
    ):
        sums[code] += amount
    return dict(sums)


def _limit(amount: Decimal | str, currency: str) -> Decimal:
    try:
        limit = Decimal(amount)
    except InvalidOperation:
        limit = Decimal("NaN")
    if not limit.is_finite() or limit < 0:
        raise InvalidInput(
            field="amount",
            value=amount,
            message=f"amount: {amount} is no amount of {currency}. Nothing was stored. Give a "
            "number such as 5000 or 5000.00, or leave it empty for no limit.",
        )
    to_minor(limit, currency, field="amount")
    return limit
