"""Providers, people, the audit chain and run states."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from icb.foundation.scope import ScopedModel

_SESSION_MARK = "icb.foundation.session"


class Installation(models.Model):
    """One row: what this database is. A demo never turns into real books, nor the reverse."""

    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "installation"


class TaxDay(models.TextChoices):
    """Which day decides what a tax comes to."""

    ISSUE = "issue"  # of the document
    SUPPLY = "supply"  # the last of what is billed


class Provider(models.Model):
    """The managed service provider: the tenant."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    legal_name = models.CharField(max_length=200, blank=True)
    address = models.TextField(blank=True)
    tax_number = models.CharField(max_length=60, blank=True)
    email = models.EmailField(blank=True)
    payment_terms = models.TextField(blank=True)
    # The parts of the address below its lines; `country` is two letters (ISO 3166-1).
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    # Where electronic invoices come from: an address and the code of its scheme (EAS).
    electronic_address = models.CharField(max_length=120, blank=True)
    electronic_scheme = models.CharField(max_length=4, blank=True)
    # Where money is paid to.
    account_holder = models.CharField(max_length=200, blank=True)
    iban = models.CharField(max_length=34, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    bank_name = models.CharField(max_length=200, blank=True)
    payment_days = models.PositiveSmallIntegerField(default=14)
    language = models.CharField(max_length=10, default="en")  # of documents
    # Which day decides the percentage of a tax: that of issue, or that of supply.
    tax_day = models.CharField(max_length=6, choices=TaxDay.choices, default=TaxDay.ISSUE)
    # Set by restore: numbers issued after the backup are unknown until a person enters them.
    issuing_locked = models.BooleanField(default=False)
    # Members without a second factor are led to set one up before they see anything.
    second_factor_required = models.BooleanField(default=False)

    class Meta:
        db_table = "provider"

    def __str__(self) -> str:
        return self.name


class ProviderTimezone(ScopedModel):
    """The zone whose calendar decides the provider's days, from a local date on."""

    from_day = models.DateField()  # the first row's is FROM_EVER
    zone = models.CharField(max_length=64)

    class Meta(ScopedModel.Meta):
        db_table = "provider_timezone"
        constraints = [
            models.UniqueConstraint(fields=["provider", "from_day"], name="timezone_one_per_day")
        ]


class User(AbstractBaseUser):
    """A person or program that acts; what it may do is said per provider by its membership."""

    username = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    # Part of every session's mark: counted up, it ends all of them at once.
    session_round = models.PositiveIntegerField(default=0)

    objects = BaseUserManager["User"]()

    USERNAME_FIELD = "username"

    class Meta:
        db_table = "user_account"

    def __str__(self) -> str:
        return self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's mark of a session: it no longer fits after a change of password or round."""
        said = f"{self.password}:{self.session_round}"
        return salted_hmac(_SESSION_MARK, said, secret=secret, algorithm="sha256").hexdigest()


class LinkKind(models.TextChoices):
    """What a one-time link is good for."""

    SET_UP = "set_up"  # of the installation: its first provider and owner
    INVITATION = "invitation"  # of a new user, who sets a password
    RESET = "reset"  # of a password that was forgotten
    SIGN_IN = "sign_in"


class OneTimeLink(models.Model):
    """A link that works once, and not for long. Only a digest of its token is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=12, choices=LinkKind.choices)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    # Where it was made; empty: by the program itself, or before there is a provider.
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "one_time_link"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind=LinkKind.SET_UP, user=None)
                | (~models.Q(kind=LinkKind.SET_UP) & models.Q(user__isnull=False)),
                name="link_of_a_user",
            )
        ]


class Role(models.TextChoices):
    """What a person is to a provider (what each may do: permissions.py)."""

    OWNER = "owner"
    BILLING = "billing_administrator"
    APPROVER = "approver"
    MAPPER = "mapper"
    READ_ONLY = "read_only"
    AUDITOR = "auditor"
    API = "api_client"


class Membership(ScopedModel):
    """A user's role at one provider."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=Role.choices)

    class Meta(ScopedModel.Meta):
        db_table = "membership"
        constraints = [models.UniqueConstraint(fields=["provider", "user"], name="membership_once")]


class Preference(ScopedModel):
    """How a user likes to see something at one provider: columns, saved views, theme, locale.

    Nothing here changes an amount or a permission, so it is not audited.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    value = models.JSONField()

    class Meta(ScopedModel.Meta):
        db_table = "preference"
        constraints = [
            models.UniqueConstraint(fields=["provider", "user", "name"], name="preference_once")
        ]


class AuditEvent(ScopedModel):
    """One action that changed something. Insert-only; each row seals the one before."""

    sequence = models.BigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    data = models.TextField()  # canonical JSON
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta(ScopedModel.Meta):
        db_table = "audit_event"
        constraints = [
            models.UniqueConstraint(fields=["provider", "sequence"], name="audit_no_fork")
        ]


class RunState(models.TextChoices):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Run(ScopedModel):
    """A long piece of work: how far it came, so that it can be watched and taken up again."""

    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=RunState.choices)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=150)
    progress = models.JSONField(default=dict)

    class Meta(ScopedModel.Meta):
        db_table = "run"


class StoredSecret(ScopedModel):
    """A password or token of the provider, sealed (see secrets.py). Never in clear anywhere."""

    name = models.CharField(max_length=120)
    sealed = models.TextField()

    class Meta(ScopedModel.Meta):
        db_table = "stored_secret"
        constraints = [
            models.UniqueConstraint(fields=["provider", "name"], name="stored_secret_once")
        ]


class JobState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(ScopedModel):
    """A piece of work that the worker does. What is left to do is found from the data itself:
    a job that is lost loses nothing."""

    kind = models.CharField(max_length=40)
    # At most one job that waits or runs has it; empty: any number.
    unique_key = models.CharField(max_length=200, blank=True)
    # Jobs of a lane share a few slots, so that one that hangs does not take them all.
    lane = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.WAITING)
    payload = models.JSONField(default=dict)
    run_after = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=1)
    worker = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)  # past: whoever ran it is dead
    is_cancel_wanted = models.BooleanField(default=False)
    progress = models.JSONField(default=dict)
    message = models.TextField(blank=True)  # why it failed, or waits once more
    requested_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "job"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "unique_key"],
                condition=models.Q(state__in=["waiting", "running"]) & ~models.Q(unique_key=""),
                name="job_once",
            )
        ]
        indexes = [models.Index(fields=["state", "run_after"], name="job_due")]
