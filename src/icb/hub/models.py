"""Connected modules and what they counted.

Counts are stored as change points. A day is proven by the snapshot in force for it
(`ProvenDay`), or for a single key by a partial answer (`ProvenCount`); a `Count` row is written
only where a proven day's reading differs from the reading of the proven day before. The reading
of a day is therefore: the newest change point in force at or before it, if the day is proven; a
gap otherwise, which carries that same change point.
"""

from __future__ import annotations

from django.db import models

from icb.foundation.fields import QuantityField
from icb.foundation.scope import NumerousModel, ScopedModel


class ModuleConnection(ScopedModel):
    """One vendor product, connected to the hub by one provider, with its trust settings."""

    key = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    # Key in the catalogue; the connection's own if unknown.
    module = models.CharField(max_length=120)
    is_enabled = models.BooleanField(default=True)
    # Who brings its counts: an adapter by its key, or push, files; empty: imports and people only.
    adapter = models.CharField(max_length=80, blank=True)
    settings = models.JSONField(default=dict)  # of the adapter, without the secrets
    # The first day whose counts are expected; null: none is, because nothing comes by itself.
    expected_from = models.DateField(null=True)
    catch_up_days = models.PositiveSmallIntegerField(default=14)
    gap_days = models.PositiveSmallIntegerField(default=3)
    fall_percent = models.PositiveSmallIntegerField(default=50)
    fall_units = models.PositiveIntegerField(default=20)
    rise_percent = models.PositiveSmallIntegerField(default=100)
    rise_units = models.PositiveIntegerField(default=50)

    class Meta(ScopedModel.Meta):
        db_table = "module_connection"
        constraints = [
            models.UniqueConstraint(fields=["provider", "key"], name="connection_key_once")
        ]

    def __str__(self) -> str:
        return self.name


class ModuleOrganization(NumerousModel):
    """The vendor's own record of a client. Its identity is the vendor's id, never its name."""

    connection = models.ForeignKey(
        ModuleConnection,
        on_delete=models.PROTECT,
        related_name="organizations",
        db_index=False,
    )
    external_id = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    parent_external_id = models.CharField(max_length=200, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    # The client's id in the provider's own books, where the vendor was told it.
    hint = models.CharField(max_length=200, blank=True)
    vendor_created_on = models.DateField(null=True)
    first_seen_on = models.DateField(null=True)  # the earliest day with an accepted count
    # What a held answer said of this id, until a person decides whether it is the same client.
    claimed_name = models.CharField(max_length=200, blank=True)
    claimed_created_on = models.DateField(null=True)

    class Meta(NumerousModel.Meta):
        db_table = "module_organization"
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "external_id"], name="module_organization_id_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.external_id})"


class ValueKind(models.TextChoices):
    WHOLE = "whole"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"


class Shape(models.TextChoices):
    """What one daily number means; decides which policies fit."""

    GAUGE = "gauge"
    GAUGE_LOOKBACK = "gauge_lookback"
    GAUGE_STORAGE = "gauge_storage"
    BOOLEAN = "boolean"
    ONE_TIME = "one_time"
    CUMULATIVE_IN_PERIOD = "cumulative_in_period"
    UNIQUE_IN_PERIOD = "unique_in_period"
    HIGH_WATER = "high_water"
    UNIT_DAYS = "unit_days"
    TIER = "tier"
    MAX_OF = "max_of"


class Merge(models.TextChoices):
    """How several module organizations of one organization make one number."""

    SUM = "sum"
    OR = "or"
    MAX = "max"


class BillingType(ScopedModel):
    """A countable thing that a module reports."""

    connection = models.ForeignKey(
        ModuleConnection, on_delete=models.PROTECT, related_name="billing_types"
    )
    key = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    unit = models.CharField(max_length=60, blank=True)
    value = models.CharField(max_length=10, choices=ValueKind.choices, default=ValueKind.WHOLE)
    shape = models.CharField(max_length=24, choices=Shape.choices, default=Shape.GAUGE)
    merge = models.CharField(max_length=4, choices=Merge.choices, default=Merge.SUM)
    absent_is_zero = models.BooleanField(default=False)
    overlaps = models.JSONField(default=list)  # keys of types of this module that it contains
    is_known = models.BooleanField(default=True)  # False: reported, but in no catalogue
    retired_on = models.DateField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "billing_type"
        constraints = [
            models.UniqueConstraint(fields=["connection", "key"], name="billing_type_key_once")
        ]

    def __str__(self) -> str:
        return self.name


class CountKey(NumerousModel):
    """One thing counted at one module organization."""

    connection = models.ForeignKey(
        ModuleConnection, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    module_organization = models.ForeignKey(
        ModuleOrganization,
        on_delete=models.PROTECT,
        related_name="count_keys",
        db_index=False,
    )
    billing_type = models.ForeignKey(
        BillingType, on_delete=models.PROTECT, related_name="count_keys"
    )
    first_counted_on = models.DateField(null=True)

    class Meta(NumerousModel.Meta):
        db_table = "count_key"
        constraints = [
            models.UniqueConstraint(
                fields=["module_organization", "billing_type"], name="count_key_once"
            )
        ]
        indexes = [models.Index(fields=["connection", "first_counted_on"], name="count_key_first")]


class SnapshotState(models.TextChoices):
    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"  # quarantined, then turned down by a person


class Snapshot(ScopedModel):
    """One answer of a module for one day, in order of receipt. The state is what became of it."""

    connection = models.ForeignKey(
        ModuleConnection, on_delete=models.PROTECT, related_name="snapshots"
    )
    day = models.DateField()
    state = models.CharField(max_length=12, choices=SnapshotState.choices)
    is_complete = models.BooleanField()  # False: counts for its own keys only
    stamp = models.BigIntegerField(null=True)  # the vendor's own revision; null where it gives none
    revision = models.PositiveIntegerField()  # 1, 2, … per connection and day, in order of receipt
    content_hash = models.CharField(max_length=64)
    row_count = models.PositiveIntegerField()
    received_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta(ScopedModel.Meta):
        db_table = "snapshot"
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "day", "revision"], name="snapshot_revision_once"
            )
        ]


class QuarantinedRows(ScopedModel):
    """The rows of a quarantined answer, kept until a person decides."""

    snapshot = models.OneToOneField(Snapshot, on_delete=models.PROTECT, related_name="kept_rows")
    rows = models.TextField()  # canonical JSON: what take_snapshot was given

    class Meta(ScopedModel.Meta):
        db_table = "quarantined_rows"


class ProvenDay(ScopedModel):
    """The complete snapshot in force for a connection's day: one per day, by constraint."""

    connection = models.ForeignKey(ModuleConnection, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+")
    stamp = models.BigIntegerField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "proven_day"
        constraints = [
            models.UniqueConstraint(fields=["connection", "day"], name="proven_day_once")
        ]


class ProvenCount(NumerousModel):
    """A key's day proven by a partial answer or an event that no later complete one replaced."""

    count_key = models.ForeignKey(
        CountKey, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    stamp = models.BigIntegerField(null=True)

    class Meta(NumerousModel.Meta):
        db_table = "proven_count"
        constraints = [
            models.UniqueConstraint(fields=["count_key", "day"], name="proven_count_once")
        ]


class CountState(models.TextChoices):
    COUNTED = "counted"
    ABSENT = "absent"  # the key was missing from a complete answer
    HELD = "held"  # a guard wants a decision; the last accepted count carries
    REJECTED = "rejected"  # turned down by a person; the last accepted count carries


_REPLACED = models.Q(replaced_by__isnull=False)
_IN_DOUBT = models.Q(replaced_at=None) & ~models.Q(state="counted")


class Count(NumerousModel):
    """A change point: from this proven day on, until the next one, the key read so."""

    count_key = models.ForeignKey(
        CountKey, on_delete=models.PROTECT, related_name="counts", db_index=False
    )
    day = models.DateField()
    state = models.CharField(max_length=8, choices=CountState.choices)
    value = QuantityField()  # what the module said; 0 where absent
    reason = models.CharField(max_length=20, blank=True)  # of a hold: fall, rise, identity, absent
    # The day's own accepted count, which stands while a correction of it is held.
    kept_value = QuantityField(null=True)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+")
    # Set once, when a later revision or decision puts another reading in its place.
    replaced_at = models.DateTimeField(null=True)
    replaced_by = models.ForeignKey(
        Snapshot, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta(NumerousModel.Meta):
        db_table = "usage_count"
        constraints = [
            models.UniqueConstraint(
                fields=["count_key", "day"],
                condition=models.Q(replaced_at__isnull=True),
                name="count_once_per_day",
            ),
            models.CheckConstraint(condition=models.Q(value__gte=0), name="count_not_negative"),
        ]
        indexes = [
            # Nearly no count is ever replaced, and few wait or say that something departed.
            models.Index(fields=["replaced_by"], condition=_REPLACED, name="count_replaced_by"),
            models.Index(fields=["count_key"], condition=_IN_DOUBT, name="count_in_doubt"),
        ]


class SnapshotToFollow(ScopedModel):
    """A durable mark: what changed here has not been carried on to contracts and log yet.

    It stands for an answer, for one key about which a person decided or whose departure an answer
    ended, or for a sync that has finally failed. Written in the transaction of the change, and
    removed in the one that carries it on.
    """

    connection = models.ForeignKey(ModuleConnection, on_delete=models.PROTECT, related_name="+")
    snapshot = models.ForeignKey(Snapshot, null=True, on_delete=models.PROTECT, related_name="+")
    count_key = models.ForeignKey(CountKey, null=True, on_delete=models.PROTECT, related_name="+")
    failed_sync = models.ForeignKey(
        "FailedSync", null=True, on_delete=models.PROTECT, related_name="+"
    )
    from_day = models.DateField()  # nothing before this day reads differently

    class Meta(ScopedModel.Meta):
        db_table = "snapshot_to_follow"


class SyncState(models.TextChoices):
    RUNNING = "running"
    STORED = "stored"
    UNCHANGED = "unchanged"  # what came is what was in force
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Sync(ScopedModel):
    """One attempt to get a connection's counts of a day, and what became of it. Kept."""

    connection = models.ForeignKey(ModuleConnection, on_delete=models.PROTECT, related_name="syncs")
    day = models.DateField()
    state = models.CharField(max_length=12, choices=SyncState.choices)
    code = models.CharField(max_length=40, blank=True)  # of the problem: see ports.SyncProblem
    message = models.TextField(blank=True)
    is_final = models.BooleanField(default=False)  # a failed one after which none is tried
    requests = models.PositiveIntegerField(default=0)
    counts = models.PositiveIntegerField(default=0)
    manifest = models.JSONField(default=dict)
    snapshot = models.ForeignKey(Snapshot, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "sync"
        indexes = [models.Index(fields=["connection", "day"], name="sync_day")]


class ConnectionToken(ScopedModel):
    """What a program shows to push counts: kept as a hash, and bound to one connection."""

    connection = models.ForeignKey(ModuleConnection, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    hash = models.CharField(max_length=64, db_index=True)  # sha256 of the token
    ending = models.CharField(max_length=6)  # its last characters, to tell one from another
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "connection_token"
        constraints = [
            models.UniqueConstraint(fields=["provider", "hash"], name="connection_token_once")
        ]


class PushedPart(ScopedModel):
    """One part of a pushed snapshot, kept until all its parts are in."""

    connection = models.ForeignKey(ModuleConnection, on_delete=models.PROTECT, related_name="+")
    snapshot_id = models.CharField(max_length=120)  # the sender's name for the whole
    day = models.DateField()
    part = models.PositiveIntegerField()
    parts = models.PositiveIntegerField()
    is_complete = models.BooleanField()
    content_hash = models.CharField(max_length=64)
    rows = models.TextField()  # canonical JSON
    received_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "pushed_part"
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "snapshot_id", "part"], name="pushed_part_once"
            )
        ]


class PushedMessage(NumerousModel):
    """A pushed event or delivery that was taken, by its sender's id: the same one again is none."""

    connection = models.ForeignKey(
        ModuleConnection, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    id_hash = models.CharField(max_length=64)  # sha256 of source and id
    content_hash = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta(NumerousModel.Meta):
        db_table = "pushed_message"
        constraints = [
            models.UniqueConstraint(fields=["connection", "id_hash"], name="pushed_message_once")
        ]


class CatalogueChange(ScopedModel):
    """What a provider says of a module or billing type, beside the catalogue or in its place."""

    module = models.CharField(max_length=120)
    billing_type = models.CharField(max_length=120, blank=True)  # empty: the module itself
    properties = models.JSONField(default=dict)  # as in the catalogue's file
    from_day = models.DateField(null=True)  # null: ever since
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=150)

    class Meta(ScopedModel.Meta):
        db_table = "catalogue_change"
        indexes = [models.Index(fields=["module"], name="catalogue_change_module")]


class FileSource(ScopedModel):
    """Where files of counts come from for a connection, and which column means what in them."""

    connection = models.OneToOneField(
        ModuleConnection, on_delete=models.PROTECT, related_name="file_source"
    )
    folder = models.CharField(max_length=500, blank=True)  # watched; empty: uploads only
    profile = models.JSONField(default=dict)  # column names, separator, sheet, date format

    class Meta(ScopedModel.Meta):
        db_table = "file_source"


class CountFile(ScopedModel):
    """A file of counts that was taken, or refused. What its days said before is kept to undo it."""

    connection = models.ForeignKey(ModuleConnection, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    content_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=12)  # taken, refused, undone
    message = models.TextField(blank=True)
    days = models.JSONField(default=list)  # ISO dates
    before = models.TextField(blank=True)  # canonical JSON: the answers in force on its days
    counts = models.PositiveIntegerField(default=0)
    taken_at = models.DateTimeField()
    taken_by = models.CharField(max_length=150)
    undone_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        db_table = "count_file"


class FailedSync(ScopedModel):
    """A day whose sync has finally failed: nothing was stored, and waiting for it is over."""

    connection = models.ForeignKey(ModuleConnection, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    reason = models.TextField(blank=True)
    failed_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "failed_sync"
        indexes = [models.Index(fields=["connection", "day"], name="failed_sync_day")]


class Decision(models.TextChoices):
    ACCEPT = "accept"
    REJECT = "reject"
    DEPARTED = "departed"
    CARRY = "carry"


class CountDecision(ScopedModel):
    """What a person decided about counts that could not be trusted, from a day on."""

    module_organization = models.ForeignKey(
        ModuleOrganization, on_delete=models.PROTECT, related_name="decisions"
    )
    # Null: every type of the organization.
    billing_type = models.ForeignKey(
        BillingType, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decision = models.CharField(max_length=8, choices=Decision.choices)
    from_day = models.DateField()
    # Departed and carry end by themselves: the first day with an accepted count after the gap they
    # are about, or one that arrived after the decision.
    until_day = models.DateField(null=True)
    reason = models.TextField(blank=True)
    actor = models.CharField(max_length=150)
    decided_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "count_decision"


class CountMark(ScopedModel):
    """A durable mark: readings changed by this snapshot, or of this key, from a day on.

    Written in the changing transaction and consumed by the bill run (see ContractMark).
    """

    snapshot = models.ForeignKey(Snapshot, null=True, on_delete=models.CASCADE, related_name="+")
    count_key = models.ForeignKey(CountKey, null=True, on_delete=models.CASCADE, related_name="+")
    from_day = models.DateField()

    class Meta(ScopedModel.Meta):
        db_table = "count_mark"
