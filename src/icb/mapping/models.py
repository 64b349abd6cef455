"""Whose usage it is, and which contract service it drives. Dated; ends are inclusive days."""

from __future__ import annotations

from django.db import models

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

    contract = models.ForeignKey("contracts.Contract", on_delete=models.PROTECT, related_name="+")
    billing_type = models.ForeignKey("hub.BillingType", on_delete=models.PROTECT, related_name="+")
    contract_service = models.ForeignKey(
        "contracts.ContractService", null=True, on_delete=models.PROTECT, related_name="+"
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
            models.Index(fields=["contract", "billing_type"], name="service_mapping_contract"),
            models.Index(fields=["contract_service"], name="service_mapping_service"),
        ]
