"""Who is billed, the taxes with their dated percentages, and who is exempt from them."""

from __future__ import annotations

from django.db import models

from icb.foundation.fields import QuantityField
from icb.foundation.scope import ScopedModel


class TaxCategory(models.TextChoices):
    """The categories of EN 16931. All but the standard one carry no tax."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    WITHIN_EU = "K"
    EXPORT = "G"
    NOT_SUBJECT = "O"


class TaxRate(ScopedModel):
    """A tax as services and organizations name it. What it comes to stands by region and day."""

    key = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    category = models.CharField(
        max_length=2, choices=TaxCategory.choices, default=TaxCategory.STANDARD
    )
    reason = models.TextField(blank=True)  # why no tax is charged, as documents print it

    class Meta(ScopedModel.Meta):
        db_table = "tax_rate"
        constraints = [
            models.UniqueConstraint(fields=["provider", "key"], name="tax_rate_key_once"),
        ]


class TaxPercentage(ScopedModel):
    """One part of what a tax comes to in a region from a day on.

    The parts of one tax, region and day belong together; the next day takes the place of them all.
    """

    tax_rate = models.ForeignKey(TaxRate, on_delete=models.PROTECT, related_name="percentages")
    region = models.CharField(max_length=60, blank=True)  # blank: wherever nothing else is said
    from_day = models.DateField()  # FROM_EVER where no beginning is known
    part = models.PositiveSmallIntegerField()  # its place, from 1
    name = models.CharField(max_length=60, blank=True)
    percent = QuantityField()
    is_compound = models.BooleanField(default=False)  # on the parts before it as well

    class Meta(ScopedModel.Meta):
        db_table = "tax_percentage"
        constraints = [
            models.UniqueConstraint(
                fields=["tax_rate", "region", "from_day", "part"], name="tax_percentage_once"
            ),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0), name="tax_percentage_not_negative"
            ),
        ]


class TaxUse(ScopedModel):
    """Up to which day documents took a tax: until then its percentages stay as they are.

    `region` is that of the organizations, `found_in` the region whose percentages they got.
    """

    tax_rate = models.ForeignKey(TaxRate, on_delete=models.PROTECT, related_name="+")
    region = models.CharField(max_length=60, blank=True)
    found_in = models.CharField(max_length=60, blank=True)
    last_day = models.DateField()

    class Meta(ScopedModel.Meta):
        db_table = "tax_use"
        constraints = [
            models.UniqueConstraint(fields=["tax_rate", "region", "found_in"], name="tax_use_once"),
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
    tax_region = models.CharField(max_length=60, blank=True)  # whose percentages it is charged
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


class TaxExemption(ScopedModel):
    """Days on which an organization is not charged a tax, or any; both days are covered."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    tax_rate = models.ForeignKey(TaxRate, null=True, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    reason = models.TextField()  # as documents print it
    certificate = models.CharField(max_length=120, blank=True)

    class Meta(ScopedModel.Meta):
        db_table = "tax_exemption"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="tax_exemption_ends_after_its_start",
            ),
        ]
        indexes = [models.Index(fields=["organization"], name="tax_exemption_organization")]
