"""What a payment gateway will have to do. None is here yet; this is the shape of the way in.

A gateway is asked for a link on which an organization pays one document, and tells later that it
did. It never touches a table: whoever receives its webhook gives what `confirmed` returns to
`record_external_payments`, which knows a payment again by its id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from icb.payments.inputs import ExternalPayment


class PaymentRequest(NamedTuple):
    """What is to be paid: a document by its number, and how much of it in major units.

    `key` is the same each time that the same amount of the same document is asked for, so that a
    lost answer makes no second link.
    """

    key: str
    document: str
    organization: str
    amount: Decimal
    currency: str
    language: str


class PaymentLink(NamedTuple):
    """Where the organization pays, and until when; None: for as long as the document is open."""

    address: str
    expires_at: datetime | None


class PaymentGateway(Protocol):
    """A service that collects money by card, direct debit or transfer."""

    def create_link(self, request: PaymentRequest) -> PaymentLink:
        """A link to pay on. The same request again gives the same link."""
        ...

    def confirmed(self, body: bytes, headers: Mapping[str, str]) -> Sequence[ExternalPayment]:
        """The payments that a webhook tells of; an amount of 0 for one that was taken back.

        The signature is checked first, over the bytes as they came; raises Refused where it does
        not fit, and then nothing of the body counts.
        """
        ...
