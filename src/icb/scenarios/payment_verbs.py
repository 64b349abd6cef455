"""What the verbs of payments call."""

from __future__ import annotations

from icb.foundation.listing import Wanted
from icb.foundation.providers import local_today
from icb.invoicing.queries import document_named
from icb.kernel.errors import NotFound
from icb.payments.actions import record_payment, reverse_payment
from icb.payments.inputs import NewPayment, Share
from icb.payments.payment_queries import payment_page
from icb.scenarios.payment_steps import Pay, Reverse

LAST = "last"


def pay(step: Pay) -> None:
    """Record a payment."""
    number = document_named(step.invoice).number if step.invoice else ""
    record_payment(
        NewPayment(
            organization=step.organization,
            amount=step.received,
            received_on=step.received_on or local_today(),
            currency=step.currency,
            shares=[Share(number)] if number else (),
        )
    )


def reverse(step: Reverse) -> None:
    """Reverse a payment: the newest, or the one of that number."""
    reverse_payment(_number(step.payment), reason=step.reason)


def _number(payment: str) -> int:
    if payment == LAST:
        newest = payment_page(Wanted(size=1)).rows
        if newest:
            return newest[0].number
    if payment.isdecimal():
        return int(payment)
    raise NotFound(
        "unknown_payment",
        f"There is no payment {payment}. Nothing was changed. Name one by its number, or the "
        "newest as `last`.",
    )
