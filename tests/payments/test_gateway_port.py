"""What a gateway tells can be recorded: the port is given what `record_external_payments` takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from tests.invoicing.factory import Books
from tests.payments.accounts import invoice

from icb.foundation.models import Provider
from icb.payments.actions import record_external_payments
from icb.payments.inputs import ExternalPayment
from icb.payments.ports import PaymentGateway, PaymentLink, PaymentRequest


class Gateway:
    """Collects nothing, and says that everything asked for was paid."""

    def __init__(self) -> None:
        self.asked: dict[str, PaymentRequest] = {}

    def create_link(self, request: PaymentRequest) -> PaymentLink:
        self.asked[request.key] = request
        return PaymentLink(f"https://pay.example/{request.key}", None)

    def confirmed(self, body: bytes, headers: Mapping[str, str]) -> Sequence[ExternalPayment]:
        return [
            ExternalPayment(
                external_id=key,
                document=asked.document,
                received_on=date(2026, 1, 1),
                amount=asked.amount,
                method="card",
            )
            for key, asked in self.asked.items()
        ]


def test_what_a_gateway_confirms_pays_the_document_once(provider: Provider, clock: object) -> None:
    number = invoice(Books(), "acme", "100.00")
    gateway: PaymentGateway = Gateway()
    asked = PaymentRequest("k1", number, "acme", Decimal("100.00"), "USD", "en")
    assert gateway.create_link(asked) == gateway.create_link(asked)
    for expected in (1, 0):
        paid = gateway.confirmed(b"", {})
        assert len(record_external_payments("card", payments=paid).recorded) == expected
