"""Messages to organizations: who gets what, what was sent, and the links that lead to documents.

A delivery is one message that is to be sent: a row of the outbox, written in the transaction that
issues its document. What happened to it stands in attempts, which are never changed.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from icb.foundation.scope import NumerousModel, ScopedModel


class Security(models.TextChoices):
    """How the line to a mail server is secured."""

    STARTTLS = "starttls"
    TLS = "tls"  # from the first byte
    NONE = "none"  # for a server on this machine


class MessageKind(models.TextChoices):
    """What a message is about."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    STATEMENT = "statement"
    REMINDER = "reminder"


class MailServer(ScopedModel):
    """The server that takes the provider's messages. Its password is a stored secret."""

    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=587)
    security = models.CharField(max_length=8, choices=Security.choices, default=Security.STARTTLS)
    user = models.CharField(max_length=200, blank=True)
    sender_name = models.CharField(max_length=200, blank=True)
    sender = models.CharField(max_length=254)
    reply_to = models.CharField(max_length=254, blank=True)

    class Meta(ScopedModel.Meta):
        db_table = "mail_server"
        constraints = [
            models.UniqueConstraint(fields=["provider"], name="mail_server_once"),
            models.CheckConstraint(
                condition=Q(port__gte=1, port__lte=65535), name="mail_server_port_exists"
            ),
        ]


class DeliveryChoice(ScopedModel):
    """Whether documents are sent as they are issued; the row without organization is the usual."""

    organization = models.ForeignKey(
        "organizations.Organization", null=True, on_delete=models.PROTECT, related_name="+"
    )
    on_issue = models.BooleanField()
    # Of the usual row alone: how long links last, and whether messages hold one.
    link_days = models.PositiveSmallIntegerField(default=30)
    has_link = models.BooleanField(default=True)

    class Meta(ScopedModel.Meta):
        db_table = "delivery_choice"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "organization"], name="delivery_choice_once"
            ),
            models.UniqueConstraint(
                fields=["provider"],
                condition=Q(organization=None),
                name="usual_delivery_choice_once",
            ),
        ]


class MessageTemplate(ScopedModel):
    """The provider's own words for a kind of message in a language, in place of the product's."""

    kind = models.CharField(max_length=12, choices=MessageKind.choices)
    language = models.CharField(max_length=2)
    subject = models.CharField(max_length=200)
    body = models.TextField()

    class Meta(ScopedModel.Meta):
        db_table = "message_template"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "kind", "language"], name="message_template_once"
            )
        ]


class Place(models.TextChoices):
    """Where an address stands in a message."""

    TO = "to"
    CC = "cc"
    BCC = "bcc"


class Recipient(ScopedModel):
    """An address that gets an organization's messages; without any, the organization's own does."""

    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    address = models.CharField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=3, choices=Place.choices, default=Place.TO)
    gets_invoices = models.BooleanField(default=True)
    gets_credit_notes = models.BooleanField(default=True)
    gets_statements = models.BooleanField(default=True)
    gets_reminders = models.BooleanField(default=True)
    language = models.CharField(max_length=2, blank=True)  # blank: that of the document

    class Meta(ScopedModel.Meta):
        db_table = "recipient"
        constraints = [
            models.UniqueConstraint(fields=["organization", "address"], name="recipient_once")
        ]


class DeliveryState(models.TextChoices):
    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"  # the answer was lost: it may have arrived; a person decides
    SENT = "sent"
    FAILED = "failed"  # it was surely not sent, and a person must change something
    CANCELLED = "cancelled"


LIVE = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.FAILED)
"""States in which a message is still to be dealt with; a document has one such of a kind."""


class Delivery(ScopedModel):
    """A message to be sent.

    `key` stands for document, kind and round, and is the message's own id wherever it goes: what
    is sent twice has it twice. Whom it went to and what it said are kept when it is sent.
    """

    kind = models.CharField(max_length=12, choices=MessageKind.choices)
    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    document = models.ForeignKey(
        "invoicing.Document",
        null=True,
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_index=False,
    )
    # Of a statement of account, which is no document: its currency, first and last day.
    about = models.CharField(max_length=40, blank=True)
    round = models.PositiveIntegerField(default=1)  # 1, and one more each time a person sends again
    key = models.CharField(max_length=50)
    state = models.CharField(
        max_length=9, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    code = models.CharField(max_length=40, blank=True)  # why it waits or failed
    message = models.TextField(blank=True)  # the same in words, or the server's answer
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    recipients = models.TextField(blank=True)  # canonical JSON, once it was sent or tried
    subject = models.TextField(blank=True)
    text = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    class Meta(ScopedModel.Meta):
        db_table = "delivery"
        constraints = [
            models.UniqueConstraint(
                fields=["document", "kind", "round"], name="delivery_round_once"
            ),
            models.UniqueConstraint(
                fields=["organization", "about", "round"],
                condition=Q(document=None),
                name="delivery_of_statement_once",
            ),
            models.UniqueConstraint(fields=["provider", "key"], name="delivery_key_once"),
            models.CheckConstraint(
                condition=Q(document=None, kind="statement") & ~Q(about="")
                | Q(document__isnull=False, about="") & ~Q(kind="statement"),
                name="delivery_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["document", "kind"],
                condition=Q(state__in=["waiting", "sending", "unknown", "failed"]),
                name="delivery_live_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "about"],
                condition=Q(state__in=["waiting", "sending", "unknown", "failed"], document=None),
                name="statement_live_once",
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "state", "due_at"], name="delivery_work"),
            models.Index(fields=["organization", "created_at"], name="delivery_organization"),
        ]


class AttemptResult(models.TextChoices):
    """What happened to a delivery: by the program, and by persons."""

    BEGUN = "begun"
    SENT = "sent"
    DEFERRED = "deferred"  # the server asks to come again later
    FAILED = "failed"
    UNKNOWN = "unknown"
    RETRIED = "retried"
    CANCELLED = "cancelled"
    FOUND_SENT = "found_sent"
    FOUND_LOST = "found_lost"


class Attempt(NumerousModel):
    """Something that happened to a delivery. Insert-only."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="history")
    number = models.PositiveIntegerField()  # of the try; 0 before the first
    result = models.CharField(max_length=10, choices=AttemptResult.choices)
    code = models.PositiveSmallIntegerField(null=True)  # of the server's answer
    answer = models.TextField(blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta(NumerousModel.Meta):
        db_table = "delivery_attempt"
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "number"],
                condition=Q(result="begun"),
                name="attempt_begun_once",
            )
        ]


class Bounce(ScopedModel):
    """That an address does not take mail, as a server reported it; until a person clears it."""

    address = models.CharField(max_length=254)
    status = models.CharField(max_length=20, blank=True)  # such as 5.1.1
    reason = models.TextField()
    delivery = models.ForeignKey(
        Delivery, null=True, on_delete=models.PROTECT, related_name="bounces"
    )
    sha256 = models.CharField(max_length=64)  # of the report and the address: each counts once
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.CharField(max_length=150, blank=True)

    class Meta(ScopedModel.Meta):
        db_table = "bounce"
        constraints = [models.UniqueConstraint(fields=["provider", "sha256"], name="bounce_once")]
        indexes = [models.Index(fields=["provider", "address"], name="bounce_address")]


class SharedLink(ScopedModel):
    """A link by which anybody who has it sees one document. Only a digest of its token is kept."""

    document = models.ForeignKey(
        "invoicing.Document", on_delete=models.PROTECT, related_name="shared_links"
    )
    token_hash = models.CharField(max_length=64)
    delivery = models.ForeignKey(
        Delivery, null=True, on_delete=models.PROTECT, related_name="shared_links"
    )  # the message that it stands in; null: made by a person
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=150, blank=True)
    actor = models.CharField(max_length=150)
    created_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "shared_link"
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="shared_link_token")]


class LinkAct(models.TextChoices):
    """What somebody did with a link."""

    SHOWN = "shown"
    DOWNLOADED = "downloaded"


class LinkView(NumerousModel):
    """That somebody looked at a document through a link. Insert-only."""

    link = models.ForeignKey(SharedLink, on_delete=models.PROTECT, related_name="views")
    act = models.CharField(max_length=10, choices=LinkAct.choices)
    address = models.CharField(max_length=45, blank=True)  # of whoever asked
    agent = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()

    class Meta(NumerousModel.Meta):
        db_table = "link_view"
