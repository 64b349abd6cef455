"""Who is billed, and the tax rates that apply to them."""

from __future__ import annotations

from django.db import models

from icb.foundation.fields import QuantityField
from icb.foundation.scope import ScopedModel


class TaxRate(ScopedModel):
    """A named tax percentage."""

    key = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    percent = QuantityField()

    class Meta(ScopedModel.Meta):
        db_table = "tax_rate"
        constraints = [
            models.UniqueConstraint(fields=["provider", "key"], name="tax_rate_key_once"),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0), name="tax_rate_not_negative"
            ),
        ]


class OrganizationType(models.TextChoices):
    CUSTOMER = "customer"
    LEAD = "lead"
    PROSPECT = "prospect"
    PARTNER = "partner"
    VENDOR = "vendor"
    DEAD = "dead"
    CANCELATION = "cancelation"


# No usage may be mapped to these: nobody would ever be sent the bill.
UNMAPPABLE_TYPES = (OrganizationType.DEAD, OrganizationType.CANCELATION)


class Organization(ScopedModel):
    """A client of the provider. The id order is the order of entry, which documents follow."""

    key = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    type = models.CharField(
        max_length=20, choices=OrganizationType.choices, default=OrganizationType.CUSTOMER
    )
    currency = models.CharField(max_length=3, blank=True)  # blank: the provider's
    tax_rate = models.ForeignKey(TaxRate, null=True, on_delete=models.PROTECT, related_name="+")
    tax_exempt = models.BooleanField(default=False)
    bill_to = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    domain = models.CharField(max_length=253, blank=True)
    address = models.TextField(blank=True)
    tax_number = models.CharField(max_length=60, blank=True)
    email = models.EmailField(blank=True)
    # The parts of the address below its lines; `country` is two letters (ISO 3166-1).
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=10, blank=True)  # of documents; blank: the provider's
    payment_days = models.PositiveSmallIntegerField(null=True)  # null: the provider's
    # What the client wants to find on its invoices.
    buyer_reference = models.CharField(max_length=120, blank=True)
    purchase_order = models.CharField(max_length=120, blank=True)
    # Where electronic invoices go to: an address and the code of its scheme (EAS).
    electronic_address = models.CharField(max_length=120, blank=True)
    electronic_scheme = models.CharField(max_length=4, blank=True)

    class Meta(ScopedModel.Meta):
        db_table = "organization"
        constraints = [
            models.UniqueConstraint(fields=["provider", "key"], name="organization_key_once")
        ]

    def __str__(self) -> str:
        return self.name
