"""Whose usage it is, and which contract service it drives. Dated; ends are inclusive days."""

from __future__ import annotations

from django.db import models

from icb.foundation.fields import QuantityField
from icb.foundation.scope import ScopedModel


class OrganizationMapping(ScopedModel):
    """A module organization belongs to an organization (or is ignored) on these days."""

    module_organization = models.ForeignKey(
        "hub.ModuleOrganization", on_delete=models.PROTECT, related_name="+"
    )
    organization = models.ForeignKey(
        "organizations.Organization", null=True, on_delete=models.PROTECT, related_name="+"
    )  # null: ignored
    starts_on = models.DateField(null=True)  # null: from the first day seen
    ends_on = models.DateField(null=True)
    reason = models.TextField(blank=True)
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "organization_mapping"
        indexes = [
            models.Index(fields=["module_organization"], name="organization_mapping_module"),
            models.Index(fields=["organization"], name="organization_mapping_org"),
        ]


class ServiceMapping(ScopedModel):
    """A module's billing type drives a contract service (or is ignored) on these days."""

    contract = models.ForeignKey(
        "contracts.Contract", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    billing_type = models.ForeignKey("hub.BillingType", on_delete=models.PROTECT, related_name="+")
    contract_service = models.ForeignKey(
        "contracts.ContractService",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )  # null: ignored
    starts_on = models.DateField(null=True)  # null: from the contract's start
    ends_on = models.DateField(null=True)
    is_also = models.BooleanField(default=False)  # the user wants it to drive this service too
    reason = models.TextField(blank=True)
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "service_mapping"
        indexes = [
            # With all that is looked for, so that the rows themselves need not be read.
            models.Index(
                fields=["contract", "billing_type", "contract_service"],
                name="service_mapping_contract",
            ),
            models.Index(
                fields=["contract_service", "id", "billing_type"], name="service_mapping_service"
            ),
        ]


class MappingTemplate(ScopedModel):
    """A set of service mappings under a name, to be applied to many contracts."""

    name = models.CharField(max_length=120)
    actor = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "mapping_template"
        constraints = [
            models.UniqueConstraint(fields=["provider", "name"], name="mapping_template_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class MappingTemplateLine(ScopedModel):
    """What a billing type drives by a template, named as services are on contracts."""

    template = models.ForeignKey(MappingTemplate, on_delete=models.PROTECT, related_name="lines")
    billing_type = models.ForeignKey("hub.BillingType", on_delete=models.PROTECT, related_name="+")
    service = models.CharField(max_length=120, blank=True)  # blank: ignored
    unit_changes = models.CharField(max_length=20, blank=True)

    class Meta(ScopedModel.Meta):
        db_table = "mapping_template_line"
        constraints = [
            models.UniqueConstraint(
                fields=["template", "billing_type", "service"], name="mapping_template_line_once"
            )
        ]


class ActivityStatus(models.TextChoices):
    NEW = "new"
    INCREASED = "increased"
    DECREASED = "decreased"
    RETURNED = "returned"  # counted again after a gap, with the same units
    UNCHANGED = "unchanged"  # corrected: reads as on the day before, which it did not
    ABSENT = "absent"  # missing from a complete answer
    DEPARTED = "departed"  # a person said that the organization has left
    HELD = "held"  # waits for a decision
    UNMAPPED = "unmapped"  # counted, but nobody is billed for it
    FAILED = "failed"  # a sync, from here on
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    MISSING = "missing"
    SYNCED = "synced"


class Activity(ScopedModel):
    """One row of the activity log: what changed for a key on a day, or what became of a sync.

    Insert-only. A row without a billing type is about a whole sync. A key that reads as on the day
    before has no row: its day is told by the sync's. A day that is corrected has a later row; of
    the rows of a key's day the latest holds. A key that drives two services has a row for each.
    """

    day = models.DateField()
    # The lists below have an index that begins with the column and goes on by day; no row that is
    # pointed at is ever removed, so none of them needs one of its own.
    connection = models.ForeignKey(
        "hub.ModuleConnection", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    module_organization = models.ForeignKey(
        "hub.ModuleOrganization",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    billing_type = models.ForeignKey(
        "hub.BillingType", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    organization = models.ForeignKey(
        "organizations.Organization",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    contract_service = models.ForeignKey(
        "contracts.ContractService",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    units_before = QuantityField(null=True)
    units_after = QuantityField(null=True)
    status = models.CharField(max_length=12, choices=ActivityStatus.choices)
    is_trouble = models.BooleanField()
    message = models.TextField(blank=True)
    snapshot = models.ForeignKey(
        "hub.Snapshot", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()

    class Meta(ScopedModel.Meta):
        db_table = "activity"
        indexes = [
            models.Index(fields=["provider", "day", "id"], name="activity_day"),
            models.Index(
                fields=["provider", "day", "id"],
                condition=models.Q(is_trouble=True),
                name="activity_trouble",
            ),
            models.Index(
                fields=["connection", "day"],
                condition=models.Q(billing_type__isnull=True),
                name="activity_sync",
            ),
            models.Index(fields=["provider", "status", "day", "id"], name="activity_status"),
            models.Index(fields=["connection", "day", "id"], name="activity_connection"),
            models.Index(fields=["billing_type", "day", "id"], name="activity_type"),
            models.Index(fields=["organization", "day", "id"], name="activity_organization"),
            models.Index(fields=["contract_service", "day", "id"], name="activity_service"),
        ]
