"""Billing items: drafts that a run may replace, and posted items that nothing may change.

A draft and a posted item are rows of two tables. Posting copies the draft into the insert-only
table and removes it, in one transaction; un-posting adds a row that says so and makes a fresh
draft. A posted row therefore never needs to change, and the database can refuse every change.
"""

from __future__ import annotations

from django.db import models

from icb.foundation.fields import AmountField, QuantityField
from icb.foundation.scope import NumerousModel, ScopedModel


class Line(models.TextChoices):
    """Which of a service's lines in a period an item is for: part of its key."""

    RECURRING = "recurring"
    ADJUSTMENT = "adjustment"
    DISCOUNT_RECURRING = "discount_recurring"
    DISCOUNT_ADJUSTMENT = "discount_adjustment"
    MINIMUM = "minimum"
    MANUAL = "manual"


class ItemKind(models.TextChoices):
    """What people call the item, in the order documents list them."""

    RECURRING = "recurring"
    ADJUSTMENT = "adjustment"
    CORRECTION = "correction"
    DISCOUNT = "discount"
    MINIMUM = "minimum"
    MANUAL = "manual"


class ItemFields(ScopedModel):
    """What a billing item says. The key is (contract, contract service, period, line, day)."""

    contract = models.ForeignKey("contracts.Contract", on_delete=models.PROTECT, related_name="+")
    contract_service = models.ForeignKey(
        "contracts.ContractService",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )  # null: the contract's own minimum, or a manual item; a unique key begins with it
    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.PROTECT, related_name="+"
    )
    period_start = models.DateField()
    period_end = models.DateField()  # half-open
    line = models.CharField(max_length=20, choices=Line.choices)
    effective_on = models.DateField()
    # Which item of the key this is: 1 + the posted ones before it. Manual items count up too.
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=ItemKind.choices)
    units = QuantityField()
    unit_days = QuantityField()
    unit_price = QuantityField(null=True)  # null with tiers
    days_in_period = models.PositiveIntegerField()
    estimated_days = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    amount = AmountField()
    tax_rate = models.ForeignKey(
        "organizations.TaxRate",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )  # what it comes to is decided by the document
    billed_on = models.DateField()  # of the run that made the item as it stands
    working = models.TextField()  # canonical JSON: what explain needs, and nothing else
    reason = models.TextField(blank=True)  # of a manual item
    actor = models.CharField(max_length=150, blank=True)  # who asked for a manual item

    class Meta(ScopedModel.Meta):
        abstract = True


class DraftItem(ItemFields):
    """What the next posting would make final. Replaced by every run that comes to other numbers."""

    held = models.CharField(max_length=200, blank=True)  # reasons, comma-separated; blank: postable
    deferred_until = models.DateField(null=True)

    class Meta(ItemFields.Meta):
        db_table = "draft_item"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "contract_service",
                    "period_start",
                    "line",
                    "effective_on",
                    "revision",
                ],
                name="draft_key_once",
            ),
            models.UniqueConstraint(
                fields=["contract", "period_start", "line", "effective_on", "revision"],
                condition=models.Q(contract_service__isnull=True),
                name="draft_contract_key_once",
            ),
        ]


class PostingLimit(ScopedModel):
    """From which amount on posting takes a second person; a currency without a row has none."""

    currency = models.CharField(max_length=3)
    amount = AmountField()

    class Meta(ScopedModel.Meta):
        db_table = "posting_limit"
        constraints = [
            models.UniqueConstraint(fields=["provider", "currency"], name="posting_limit_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gte=0), name="posting_limit_not_negative"
            ),
        ]


class PostingRequest(ScopedModel):
    """Somebody asks a second person to approve that exactly these drafts are posted.

    `digest` is of all that the drafts say: an approval is good for nothing else.
    """

    maker = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    drafts = models.TextField()  # canonical JSON: their ids, ascending
    digest = models.CharField(max_length=64)
    item_count = models.PositiveIntegerField()
    totals = models.TextField()  # canonical JSON: what they come to, by currency
    approver = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)  # by the maker, or refused by another

    class Meta(ScopedModel.Meta):
        db_table = "posting_request"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(approver=models.F("maker")), name="posting_request_two_people"
            ),
        ]


class Posting(ScopedModel):
    """One act of approving and posting."""

    # The approval that it took; each is used once.
    request = models.OneToOneField(
        PostingRequest, null=True, on_delete=models.PROTECT, related_name="posting"
    )
    posted_at = models.DateTimeField()
    posted_on = models.DateField()
    actor = models.CharField(max_length=150)
    item_count = models.PositiveIntegerField()
    with_estimates = models.BooleanField()  # the explicit yes to estimated days

    class Meta(ScopedModel.Meta):
        db_table = "posting"


class BillingItem(ItemFields):
    """A posted item. Insert-only."""

    id = models.BigIntegerField(primary_key=True)  # the draft's: one number for one item
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="items")

    class Meta(ItemFields.Meta):
        db_table = "billing_item"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "contract_service",
                    "period_start",
                    "line",
                    "effective_on",
                    "revision",
                ],
                name="item_key_once",
            ),
            models.UniqueConstraint(
                fields=["contract", "period_start", "line", "effective_on", "revision"],
                condition=models.Q(contract_service__isnull=True),
                name="item_contract_key_once",
            ),
        ]
        # What revenue is added up from: an answer from the index alone, however long items are.
        indexes = [
            models.Index(
                fields=[
                    "provider",
                    "period_start",
                    "contract_service",
                    "organization",
                    "currency",
                    "amount",
                ],
                name="billing_item_revenue",
            )
        ]


class Unposting(ScopedModel):
    """A posted item taken back while on no document. It counts no longer; it stays readable."""

    item = models.OneToOneField(BillingItem, on_delete=models.PROTECT, related_name="unposting")
    reason = models.TextField(blank=True)
    actor = models.CharField(max_length=150)
    unposted_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "unposting"


class ItemToInvoice(ScopedModel):
    """The posted items that are on no live document: the work list of invoicing.

    Kept in the posting, un-posting, issuing and voiding transactions, so that invoicing need not
    search the history; `verify` compares it with what it is derived from.
    """

    item = models.OneToOneField(BillingItem, on_delete=models.PROTECT, related_name="+")

    class Meta(ScopedModel.Meta):
        db_table = "item_to_invoice"


class KeyDecision(models.TextChoices):
    DEFER = "defer"
    WAIVE = "waive"


class KeyDecisionRow(ScopedModel):
    """A person deferred a line to a date, or waived an amount of it. Survives every run."""

    contract = models.ForeignKey("contracts.Contract", on_delete=models.PROTECT, related_name="+")
    contract_service = models.ForeignKey(
        "contracts.ContractService", null=True, on_delete=models.PROTECT, related_name="+"
    )
    period_start = models.DateField()
    line = models.CharField(max_length=20, choices=Line.choices)
    effective_on = models.DateField()
    decision = models.CharField(max_length=6, choices=KeyDecision.choices)
    until = models.DateField(null=True)  # of a deferral
    amount = AmountField(null=True)  # waived: subtracted like something posted
    units = QuantityField(null=True)
    unit_days = QuantityField(null=True)
    reason = models.TextField()
    actor = models.CharField(max_length=150)
    decided_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "key_decision"
        indexes = [models.Index(fields=["contract", "period_start"], name="key_decision_contract")]


class ContractBilling(ScopedModel):
    """How far a contract is billed: every period before `settled_until` is complete."""

    contract = models.OneToOneField(
        "contracts.Contract", on_delete=models.PROTECT, related_name="+"
    )
    settled_until = models.DateField()

    class Meta(ScopedModel.Meta):
        db_table = "contract_billing"


class UnbilledReport(ScopedModel):
    """Unbilled usage since a day, as it was worked out at an instant: for books so large that it
    is not worked out while somebody waits."""

    since = models.DateField()
    made_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "unbilled_report"
        constraints = [
            models.UniqueConstraint(fields=["provider", "since"], name="unbilled_report_once")
        ]


class UnbilledStretch(NumerousModel):
    """A row of such a report."""

    report = models.ForeignKey(UnbilledReport, on_delete=models.PROTECT, related_name="rows")
    reason = models.CharField(max_length=20)
    module = models.CharField(max_length=120)
    module_organization = models.CharField(max_length=255)
    billing_type = models.CharField(max_length=120)
    from_day = models.DateField()
    to_day = models.DateField()  # inclusive
    unit_days = QuantityField()
    amount = AmountField(null=True)  # null: no price is known
    currency = models.CharField(max_length=3, blank=True)

    class Meta(NumerousModel.Meta):
        db_table = "unbilled_stretch"
