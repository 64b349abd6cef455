"""Payments, what they were allocated to, and what of it was taken back. All of it insert-only.

Nothing here is ever changed: a payment that was wrong, or an allocation, is reversed by a row that
says so. What is open follows from these rows and the documents; `AccountItem` keeps the result.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from icb.foundation.fields import AmountField
from icb.foundation.scope import NumerousModel, ScopedModel


class Method(models.TextChoices):
    """How the money came."""

    BANK = "bank"
    CASH = "cash"
    CARD = "card"
    DIRECT_DEBIT = "direct_debit"
    OTHER = "other"


class PaymentFile(ScopedModel):
    """A file of payments that was taken: what its undo takes back together."""

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    actor = models.CharField(max_length=150)
    taken_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "payment_file"


class Payment(ScopedModel):
    """Money that came from an organization, in one currency."""

    number = models.BigIntegerField()  # counts up for each provider: what people call it by
    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.PROTECT, related_name="+"
    )
    currency = models.CharField(max_length=3)
    amount = AmountField()
    received_on = models.DateField()
    method = models.CharField(max_length=12, choices=Method.choices)
    reference = models.CharField(max_length=500, blank=True)
    # "person", "file", or the key of the accounting target that it was read from.
    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=120, blank=True)
    # 1, and one more after each reversal: with the two before, "recorded once" is a database key.
    revision = models.PositiveIntegerField(default=1)
    file = models.ForeignKey(
        PaymentFile, null=True, on_delete=models.PROTECT, related_name="payments"
    )
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "payment"
        constraints = [
            models.UniqueConstraint(fields=["provider", "number"], name="payment_number_once"),
            models.UniqueConstraint(
                fields=["provider", "source", "external_id", "revision"],
                condition=~Q(external_id=""),
                name="payment_recorded_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_above_zero"),
            models.CheckConstraint(condition=~Q(source=""), name="payment_has_source"),
        ]
        indexes = [models.Index(fields=["organization", "received_on"], name="payment_payer")]


class Allocation(NumerousModel):
    """An amount of a payment, or of a credit note, that settles a part of a document."""

    payment = models.ForeignKey(
        Payment, null=True, on_delete=models.PROTECT, related_name="allocations"
    )
    credit = models.ForeignKey(
        "invoicing.Document", null=True, on_delete=models.PROTECT, related_name="+"
    )
    document = models.ForeignKey("invoicing.Document", on_delete=models.PROTECT, related_name="+")
    amount = AmountField()
    # From which day it counts, for what was open as of a day: see `allocation_day`.
    day = models.DateField()
    actor = models.CharField(max_length=150)
    allocated_at = models.DateTimeField()

    class Meta(NumerousModel.Meta):
        db_table = "allocation"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="allocation_above_zero"),
            models.CheckConstraint(
                condition=Q(payment__isnull=True) ^ Q(credit__isnull=True),
                name="allocation_has_one_source",
            ),
        ]


class Reversal(ScopedModel):
    """That a payment, or an allocation, does not hold any more. Each is reversed once at most."""

    payment = models.OneToOneField(
        Payment, null=True, on_delete=models.PROTECT, related_name="reversal"
    )
    allocation = models.OneToOneField(
        Allocation, null=True, on_delete=models.PROTECT, related_name="reversal"
    )
    reason = models.TextField()
    day = models.DateField()  # from which on it does not hold
    actor = models.CharField(max_length=150)
    reversed_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "reversal"
        constraints = [
            models.CheckConstraint(
                condition=Q(payment__isnull=True) ^ Q(allocation__isnull=True),
                name="reversal_of_one",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="reversal_has_reason"),
        ]


class AccountItem(NumerousModel):
    """What a live document or payment comes to on its organization's account, and what is open.

    Amounts are signed as the account sees them: invoices above zero, credit notes and payments
    below. Derived from the other tables and kept in the transactions that change them, so that
    nobody sums a history to find what is open; `verify` compares it with what it is derived from.
    A void document and a reversed payment have no row.
    """

    document = models.OneToOneField(
        "invoicing.Document", null=True, on_delete=models.PROTECT, related_name="account_item"
    )
    payment = models.OneToOneField(
        Payment, null=True, on_delete=models.PROTECT, related_name="account_item"
    )
    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    currency = models.CharField(max_length=3)
    day = models.DateField()  # issued or received
    due_on = models.DateField(null=True)  # of what has to be paid
    amount = AmountField()
    open = AmountField()
    paid = AmountField()  # how much of a document payments settled; credit notes settled the rest

    class Meta(NumerousModel.Meta):
        db_table = "account_item"
        constraints = [
            models.CheckConstraint(
                condition=Q(document__isnull=True) ^ Q(payment__isnull=True),
                name="account_item_of_one",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0, open__gte=0, open__lte=F("amount"))
                | Q(amount__lt=0, open__lte=0, open__gte=F("amount")),
                name="account_item_open_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(paid=0) | Q(paid__gt=0, paid__lte=F("amount") - F("open")),
                name="account_item_paid_within_settled",
            ),
        ]
        indexes = [
            models.Index(
                fields=["provider", "organization", "currency", "due_on"],
                condition=~Q(open=0),
                name="account_item_open",
            ),
            models.Index(
                fields=["provider", "due_on"],
                condition=Q(open__gt=0),
                name="account_item_due",
            ),
            models.Index(fields=["organization", "currency", "day"], name="account_item_account"),
        ]
