"""Accounts, the journal, what is closed, and what goes to which accounting application."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from icb.foundation.fields import AmountField, QuantityField
from icb.foundation.scope import NumerousModel, ScopedModel


class AccountKind(models.TextChoices):
    """What an account of the chart is for."""

    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    TAX = "tax"
    ROUNDING = "rounding"
    BANK = "bank"


class RuleKind(models.TextChoices):
    """What an account rule speaks of. For revenue, the first that fits: service, module, any."""

    SERVICE = "service"  # `subject` is the service's key
    MODULE = "module"  # `subject` is the module's key
    REVENUE = "revenue"  # all other revenue; no subject
    TAX_CODE = "tax_code"  # `subject` is the tax's key
    TAX = "tax"  # all other tax; no subject
    RECEIVABLE = "receivable"  # what clients owe; no subject


class Account(ScopedModel):
    """An account of the provider's chart. Code and kind stay; journal lines point to it."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=AccountKind.choices)
    is_active = models.BooleanField(default=True)  # others take no new rule

    class Meta(ScopedModel.Meta):
        db_table = "account"
        constraints = [
            models.UniqueConstraint(fields=["provider", "code"], name="account_code_once")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class AccountRule(ScopedModel):
    """Which account something is booked on from now on; booked entries keep theirs."""

    kind = models.CharField(max_length=12, choices=RuleKind.choices)
    subject = models.CharField(max_length=120, blank=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="rules")

    class Meta(ScopedModel.Meta):
        db_table = "account_rule"
        constraints = [
            models.UniqueConstraint(fields=["provider", "kind", "subject"], name="rule_once")
        ]


class PeriodLock(ScopedModel):
    """Until which day the books are closed; the newest row says so. Insert-only: its own history.

    Without a day, nothing is closed any more.
    """

    until = models.DateField(null=True)
    is_reopening = models.BooleanField(default=False)  # an earlier day than before, or none
    reason = models.TextField(blank=True)  # of a reopening
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "period_lock"


class EntryKind(models.TextChoices):
    DOCUMENT = "document"
    REVERSAL = "reversal"  # of a document that was declared void


class JournalEntry(ScopedModel):
    """The balanced accounting record of a document, or of its void. Insert-only.

    Its lines are written first; the database takes the entry only where they balance.
    """

    document = models.ForeignKey(
        "invoicing.Document", on_delete=models.PROTECT, related_name="journal_entries"
    )
    kind = models.CharField(max_length=10, choices=EntryKind.choices)
    booked_on = models.DateField()
    currency = models.CharField(max_length=3)
    amount = AmountField()  # the sum of its debits, which is that of its credits

    class Meta(ScopedModel.Meta):
        db_table = "journal_entry"
        constraints = [
            models.UniqueConstraint(fields=["document", "kind"], name="journal_entry_once")
        ]
        indexes = [models.Index(fields=["provider", "booked_on"], name="journal_entry_day")]


class JournalLine(NumerousModel):
    """One side of an entry on one account. Insert-only. One of debit and credit is 0."""

    entry = models.ForeignKey(
        JournalEntry, on_delete=models.PROTECT, related_name="lines", db_index=False
    )
    position = models.PositiveIntegerField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    tax_code = models.CharField(max_length=60, blank=True)  # of a tax line
    debit = AmountField()
    credit = AmountField()

    class Meta(NumerousModel.Meta):
        db_table = "journal_line"
        constraints = [
            models.UniqueConstraint(fields=["entry", "position"], name="journal_line_once"),
            models.CheckConstraint(
                condition=Q(debit__gte=0, credit__gte=0) & (Q(debit=0) | Q(credit=0)),
                name="journal_line_has_one_side",
            ),
        ]


class Target(ScopedModel):
    """An accounting application or file format that documents go to, with its settings.

    Secrets and tokens are kept sealed under names that begin with its key (foundation/secrets.py).
    """

    key = models.SlugField(max_length=60)
    kind = models.CharField(max_length=60)  # the target's own key, such as quickbooks_online
    name = models.CharField(max_length=120)
    settings = models.JSONField(default=dict)  # no secrets
    is_enabled = models.BooleanField(default=True)
    # Documents are queued when they are issued; otherwise a person picks them.
    is_automatic = models.BooleanField(default=True)
    # Clients that nobody mapped are made there; otherwise their documents wait for a person.
    creates_customers = models.BooleanField(default=False)
    company = models.CharField(max_length=200, blank=True)  # as the target calls itself
    connected_at = models.DateTimeField(null=True)
    tokens_expire_at = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True)  # why nothing can go there now: connect again
    # Whoever fetches new tokens holds this until then; others wait and read what was fetched.
    refreshing = models.CharField(max_length=40, blank=True)
    refreshing_until = models.DateTimeField(null=True)
    payments_read_on = models.DateField(null=True)  # changes up to this day were read
    payment_problems = models.TextField(blank=True)  # of the last reading, a line each

    class Meta(ScopedModel.Meta):
        db_table = "accounting_target"
        constraints = [
            models.UniqueConstraint(fields=["provider", "key"], name="accounting_target_once")
        ]

    def __str__(self) -> str:
        return self.name


class SignInAttempt(ScopedModel):
    """A person on the way to the target's sign-in page and back. Good once, and not for long."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="+")
    state_hash = models.CharField(max_length=64)  # of the state that the address carries
    session_hash = models.CharField(max_length=64)  # of the browser's session that began it
    verifier = models.TextField()  # of PKCE, sealed
    redirect = models.TextField()
    actor = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "accounting_sign_in"
        constraints = [
            models.UniqueConstraint(fields=["provider", "state_hash"], name="sign_in_state_once")
        ]


class MappingKind(models.TextChoices):
    """What of ours stands for what of theirs; the values are those of `ports.Listing`."""

    CUSTOMERS = "customers"  # `ours`: an organization's key
    ACCOUNTS = "accounts"  # `ours`: an account's code
    ITEMS = "items"  # `ours`: a service's key; empty: every service without its own
    TAX_CODES = "tax_codes"  # `ours`: a tax's key; empty: no tax


class TargetMapping(ScopedModel):
    """What of ours is what of theirs. Sent documents keep what they were sent with."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="mappings")
    kind = models.CharField(max_length=10, choices=MappingKind.choices)
    ours = models.CharField(max_length=120, blank=True)
    theirs = models.CharField(max_length=200)  # the target's id
    name = models.CharField(max_length=300, blank=True)  # what people there call it

    class Meta(ScopedModel.Meta):
        db_table = "accounting_mapping"
        constraints = [
            models.UniqueConstraint(fields=["target", "kind", "ours"], name="mapping_of_ours_once")
        ]


class TargetRecord(ScopedModel):
    """What a target has, as it was read last: to choose from while mapping."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="records")
    kind = models.CharField(max_length=10, choices=MappingKind.choices)
    theirs = models.CharField(max_length=200)
    name = models.CharField(max_length=300)
    code = models.CharField(max_length=120, blank=True)
    percent = QuantityField(null=True)
    seen_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "accounting_record"
        constraints = [
            models.UniqueConstraint(fields=["target", "kind", "theirs"], name="record_once")
        ]


class FileBatch(ScopedModel):
    """A file of documents that a person carries over. Insert-only: its bytes never change."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="batches")
    sequence = models.PositiveIntegerField()
    name = models.CharField(max_length=160)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    documents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    total = AmountField()
    actor = models.CharField(max_length=150)
    made_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "accounting_file"
        constraints = [models.UniqueConstraint(fields=["target", "sequence"], name="file_once")]


class TransferState(models.TextChoices):
    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"  # the answer was lost: it is looked up before it is sent again
    SENT = "sent"
    REFUSED = "refused"  # a person must change something
    MISMATCH = "mismatch"  # it stands there with other figures
    RESET = "reset"  # given up by a person, so that it can go again
    WITHDRAWN = "withdrawn"  # the document was declared void before it went


class TransferAct(models.TextChoices):
    SEND = "send"
    VOID = "void"


ENDED = (TransferState.RESET, TransferState.WITHDRAWN)
"""States of a transfer that leave room for another one of the same document."""


class Transfer(ScopedModel):
    """A document on its way to a target: the outbox, written in the issuing transaction.

    `key` stands for document, target, act and round: whatever is sent twice has it twice.
    """

    document = models.ForeignKey(
        "invoicing.Document", on_delete=models.PROTECT, related_name="transfers"
    )
    target = models.ForeignKey(
        Target, on_delete=models.PROTECT, related_name="transfers", db_index=False
    )
    act = models.CharField(max_length=4, choices=TransferAct.choices)
    round = models.PositiveIntegerField(default=1)  # 1, and one more after each reset
    key = models.CharField(max_length=50)
    state = models.CharField(
        max_length=9, choices=TransferState.choices, default=TransferState.WAITING
    )
    code = models.CharField(max_length=40, blank=True)  # why it waits or was refused
    message = models.TextField(blank=True)  # the same in words
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    batch = models.ForeignKey(
        FileBatch, null=True, on_delete=models.PROTECT, related_name="transfers"
    )
    # What stands there, signs as in the document; null as long as nothing is known to.
    sent_id = models.CharField(max_length=200, blank=True)
    sent_number = models.CharField(max_length=120, blank=True)
    sent_address = models.TextField(blank=True)
    their_net = AmountField(null=True)
    their_tax = AmountField(null=True)
    their_total = AmountField(null=True)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    class Meta(ScopedModel.Meta):
        db_table = "transfer"
        constraints = [
            models.UniqueConstraint(
                fields=["document", "target", "act", "round"], name="transfer_round_once"
            ),
            models.UniqueConstraint(fields=["provider", "key"], name="transfer_key_once"),
            models.UniqueConstraint(
                fields=["document", "target", "act"],
                condition=~Q(state__in=["reset", "withdrawn"]),
                name="transfer_live_once",
            ),
        ]
        indexes = [
            models.Index(fields=["target", "state", "due_at"], name="transfer_work"),
            models.Index(
                fields=["target", "sent_id"], name="transfer_sent_id", condition=~Q(sent_id="")
            ),
        ]


class TransferEvent(NumerousModel):
    """What happened to a transfer. Insert-only."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=9, choices=TransferState.choices)
    message = models.TextField(blank=True)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta(NumerousModel.Meta):
        db_table = "transfer_event"


class TransferCheck(ScopedModel):
    """How a transferred document stood at the target when it was looked at last."""

    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="check_row")
    is_there = models.BooleanField()
    is_void = models.BooleanField(default=False)
    net = AmountField(null=True)
    tax = AmountField(null=True)
    total = AmountField(null=True)
    at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "transfer_check"
